/** What was looked up in the last second, so that whoever comes often costs no look-up each time. */

// Counted from the start of the look-up, so that what was deleted meanwhile is refused a second later at most, on every process.
const LIFE_IN_MILLISECONDS = 1_000;
const ENTRIES = 10_000;

interface Entry<Found> {
  found: Promise<Found>;
  until: number;
}

export class RecentLookups<Found> {
  private readonly entries = new Map<string, Entry<Found>>();

  constructor(
    private readonly lookUp: (key: string) => Promise<Found>,
    private readonly now: () => number,
  ) {}

  get(key: string): Promise<Found> {
    const now = this.now();
    const known = this.entries.get(key);
    if (known && known.until > now) return known.found;
    const found = this.lookUp(key);
    if (this.entries.size >= ENTRIES) this.forget(now);
    this.entries.set(key, { found, until: now + LIFE_IN_MILLISECONDS });
    found.catch(() => this.entries.delete(key)); // a failed look-up says nothing
    return found;
  }

  private forget(now: number): void {
    for (const [key, { until }] of this.entries) if (until <= now) this.entries.delete(key);
    if (this.entries.size >= ENTRIES) this.entries.clear();
  }
}
