/**
 * Transactions beside the shared one, for commands that would keep others waiting: one at a time for each directory,
 * a few at a time in all, and every directory in its turn.
 */

// They take connections from the pool that the shared transaction and every read use.
const TRANSACTIONS_AT_ONCE = 4;

interface Batch<Item> {
  items: Item[];
  /** Nothing may join it. */
  alone: boolean;
}

export class Lanes<Item> {
  private readonly lanes = new Map<string, Batch<Item>[]>();
  private readonly turns: string[] = [];
  private readonly active = new Set<string>();

  /** @param run does a batch, all of one directory; `again` puts it back to the front of its lane. Never throws. */
  constructor(
    private readonly itemsAtMost: number,
    private readonly run: (items: Item[]) => Promise<'done' | 'again'>,
  ) {}

  /** Whether a transaction of this directory is under way here, so that the shared one need not try. */
  isActive(directoryId: string): boolean {
    return this.active.has(directoryId);
  }

  add(directoryId: string, item: Item, { alone }: { alone: boolean }): void {
    const lane = this.lanes.get(directoryId) ?? this.open(directoryId);
    const last = lane.at(-1);
    if (last && !alone && !last.alone && last.items.length < this.itemsAtMost) last.items.push(item);
    else lane.push({ items: [item], alone });
    this.advance();
  }

  private open(directoryId: string): Batch<Item>[] {
    const lane: Batch<Item>[] = [];
    this.lanes.set(directoryId, lane);
    this.turns.push(directoryId);
    return lane;
  }

  private advance(): void {
    while (this.active.size < TRANSACTIONS_AT_ONCE && this.turns.length > 0)
      void this.turn(this.turns.shift()!);
  }

  private async turn(directoryId: string): Promise<void> {
    const lane = this.lanes.get(directoryId)!;
    const batch = lane.shift()!;
    this.active.add(directoryId);
    const outcome = await this.run(batch.items);
    this.active.delete(directoryId);
    if (outcome === 'again') lane.unshift(batch);
    if (lane.length > 0) this.turns.push(directoryId);
    else this.lanes.delete(directoryId);
    this.advance();
  }
}
