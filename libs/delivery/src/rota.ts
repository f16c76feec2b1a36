/** Who goes next where many wait: every account in turn, and of each the one that has waited longest. Pure. */
export class Rota {
  private readonly waiting = new Map<string, Set<string>>();
  private readonly accounts = new Map<string, string>();

  get size(): number {
    return this.accounts.size;
  }

  has(name: string): boolean {
    return this.accounts.has(name);
  }

  /** One that waits already keeps its place. A new account comes last, which is at most one turn of everybody else. */
  add(name: string, account: string): void {
    if (this.accounts.has(name)) return;
    this.accounts.set(name, account);
    const names = this.waiting.get(account);
    if (names) names.add(name);
    else this.waiting.set(account, new Set([name]));
  }

  next(): string | undefined {
    for (const [account, names] of this.waiting) {
      const [name] = names as Iterable<string> as [string];
      names.delete(name);
      this.accounts.delete(name);
      this.waiting.delete(account);
      if (names.size > 0) this.waiting.set(account, names);
      return name;
    }
    return undefined;
  }

  clear(): void {
    this.waiting.clear();
    this.accounts.clear();
  }
}

/** The same things in an order in which no account has to wait for all of another's. */
export function interleaved<Thing>(
  things: readonly Thing[],
  accountOf: (thing: Thing) => string | null,
): Thing[] {
  const turns = new Rota();
  things.forEach((thing, index) => turns.add(String(index), accountOf(thing) ?? `alone ${index}`));
  return things.map(() => things[Number(turns.next())]!);
}
