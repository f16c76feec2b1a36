/**
 * Names for each delivery the one before it: the sequence of the last event of the same directory that this destination
 * wanted. It follows the log and not the answers, so that each attempt, also after a crash, says the same.
 */
import type { RecordedEvent } from '@app/directory';
import { Statement, type Tx } from '@app/runtime';
import { LeaseLost } from './lease.js';

export interface Link {
  directoryId: string;
  position: number;
  sequence: number;
}

/** Of a directory, as it is stored. */
export type ChainEnd = Pick<Link, 'directoryId' | 'sequence'>;

export class Chain {
  /** The last one read, of each directory that was looked up. */
  private readonly ends = new Map<string, number | null>();
  private readonly owner: keyof typeof ENDS;
  private readonly known: readonly ChainEnd[] | undefined;
  /** Read, and not yet behind the cursor that was saved; in order of position. */
  private pending: Link[] = [];

  /**
   * @param ownerId a destination, or a replay, which has a chain of its own.
   * @param known all ends that are stored; without it they are looked up.
   */
  constructor(
    private readonly ownerId: string,
    {
      owner = 'destination',
      known,
    }: { owner?: keyof typeof ENDS; known?: readonly ChainEnd[] | undefined } = {},
  ) {
    this.owner = owner;
    this.known = known;
  }

  /**
   * @param events in order, each wanted, each given here once.
   * @returns for each the sequence before it; null: the chain begins.
   * @throws LeaseLost when somebody else has followed the log past these events.
   */
  async follow(tx: Tx, events: readonly RecordedEvent[]): Promise<(number | null)[]> {
    await this.lookUp(tx, events);
    return events.map(({ directoryId, position, sequence }) => {
      const previous = this.ends.get(directoryId) ?? null;
      this.ends.set(directoryId, sequence);
      this.pending.push({ directoryId, position, sequence });
      return previous;
    });
  }

  /** What must be stored together with this cursor: of each directory the last one up to it. */
  upTo(cursor: number): Link[] {
    const last = new Map<string, Link>();
    let passed = 0;
    for (const link of this.pending) {
      if (link.position > cursor) break;
      last.set(link.directoryId, link);
      passed += 1;
    }
    if (passed > 0) this.pending = this.pending.slice(passed);
    return [...last.values()];
  }

  private async lookUp(tx: Tx, events: readonly RecordedEvent[]): Promise<void> {
    const directoryIds = [...new Set(events.map(({ directoryId }) => directoryId))];
    const unknown = directoryIds.filter((id) => !this.ends.has(id));
    if (unknown.length === 0) return;
    const stored = this.known ?? (await tx.rows<ChainEnd>(ENDS[this.owner], [this.ownerId, unknown]));
    for (const id of unknown) {
      const end = stored.find(({ directoryId }) => directoryId === id);
      const first = events.find(({ directoryId }) => directoryId === id);
      // Links are stored together with the cursor that passes them, so somebody else has come further meanwhile.
      if (end && first && end.sequence >= first.sequence) throw new LeaseLost(this.ownerId);
      this.ends.set(id, end?.sequence ?? null);
    }
  }
}

const ENDS = {
  destination: new Statement(
    'chain-ends',
    'select directory_id as "directoryId", sequence from delivery_chain where destination_id = $1 and directory_id = any($2)',
  ),
  replay: new Statement(
    'replay-chain-ends',
    'select directory_id as "directoryId", sequence from replay_chain where replay_id = $1 and directory_id = any($2)',
  ),
};
