/** Everything of a directory or an organization at one place in the log, line by line: see docs/consumer-api/reconciliation.md. */
import { AnswerCutOff } from '../errors.js';
import type { DirectoryGroup, DirectoryUser } from '../events.js';
import { jsonLines } from '../lines.js';
import type { CallOptions, Open } from '../send.js';

/** Where in the log it stands: go on with the events after `position_cursor` (null: with all of them). */
export interface Standing {
  organization_id: string;
  position_cursor: string | null;
  created_at: string;
}

/** `sequence`: the number of its last event; the next one has the next. */
export type DirectoryStanding = Standing & { directory_id: string; sequence: number };
/** The same for each directory, by its id. */
export type OrganizationStanding = Standing & { sequences: { [directoryId: string]: number } };

export interface MembershipPair {
  object: 'directory_membership';
  directory_id: string;
  group_id: string;
  user_id: string;
}

/** People come first, then groups, then who is in which. */
export type SnapshotItem = DirectoryUser | DirectoryGroup | MembershipPair;

export interface Sum {
  count: number;
  /** 16 hexadecimal digits. */
  digest: string;
}

export interface Sums {
  users: Sum;
  groups: Sum;
  memberships: Sum;
  /** Over all three. */
  digest: string;
}

/**
 * One pass over everything, of which a part at a time is in memory. What came of it counts when the loop over it has ended:
 * a snapshot that was cut off throws AnswerCutOff instead.
 */
export class Snapshot<Of extends Standing = Standing> implements AsyncIterable<SnapshotItem> {
  private sums: Sums | undefined;
  private isTaken = false;

  private constructor(
    readonly standing: Of,
    private readonly lines: AsyncGenerator<SnapshotItem, SnapshotEnd, undefined>,
  ) {}

  /** @throws AnswerCutOff | RollcallError | RollcallUnreachable */
  static async open<Of extends Standing>(
    open: Open,
    where: string,
    { signal }: CallOptions,
  ): Promise<Snapshot<Of>> {
    const parts = await open('GET', where, { signal, accept: NDJSON });
    const isEnd = (line: SnapshotItem | SnapshotEnd): line is SnapshotEnd => line.object === 'snapshot_end';
    const lines = jsonLines<SnapshotItem, SnapshotEnd>(parts, isEnd, WHAT);
    const first = await lines.next();
    const { object, ...standing } = first.value as unknown as Of & { object: string };
    if (first.done || object !== 'snapshot') throw new AnswerCutOff(WHAT);
    return new Snapshot(standing as unknown as Of, lines);
  }

  get position_cursor(): string | null {
    return this.standing.position_cursor;
  }

  /** How many there were, and their digest. Undefined until everything was read. */
  get end(): Sums | undefined {
    return this.sums;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SnapshotItem, void, undefined> {
    if (this.isTaken) throw new TypeError('a snapshot can be read once: take another one');
    this.isTaken = true;
    const { object: _, ...sums } = yield* this.lines;
    this.sums = sums;
  }

  /** Ends one that nobody will read to its end. */
  async close(): Promise<void> {
    await this.lines.return(undefined as never);
  }
}

const WHAT = 'The snapshot';
export const NDJSON = 'application/x-ndjson';

type SnapshotEnd = Sums & { object: 'snapshot_end' };
