/**
 * Takes what the hub saw of each request and writes it down a moment later, in batches. A request never waits for it,
 * and when the database cannot keep up the oldest records are given up, never the memory.
 */
import { sparingly, type Database, type Observations } from '@app/runtime';
import { recordOf, type RequestRecord, type SeenRequest } from './record.js';
import { writeRecords } from './write.js';

export interface RequestLogOptions {
  /** False: nothing is kept at all. */
  enabled: boolean;
  /** How long a record waits for others to share its statement. */
  gatheringInMilliseconds?: number;
  /** Before the next try when the database refused. */
  restingInMilliseconds?: number;
  /** Of records that wait, in characters; a megabyte is some thousand of them. */
  waitingAtMost?: number;
}

const RECORDS_PER_STATEMENT = 500;
/** What a record takes beside its body and its path. */
const CHARACTERS_PER_RECORD = 1_000;

export class RequestLog {
  private readonly waiting: Waiting;
  private readonly gathering: number;
  private readonly resting: number;
  private readonly complain: (where: string, error: Error) => void;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly database: Database,
    private readonly observations: Observations,
    private readonly options: RequestLogOptions,
  ) {
    this.waiting = new Waiting(options.waitingAtMost ?? 32_000_000);
    this.gathering = options.gatheringInMilliseconds ?? 250;
    this.resting = options.restingInMilliseconds ?? 2_000;
    this.complain = sparingly((where, error, repeated) =>
      observations.warn('request log not written', {
        where,
        error,
        waiting: this.waiting.count,
        givenUp: this.waiting.givenUp,
        ...(repeated > 0 ? { repeated } : {}),
      }),
    );
  }

  get enabled(): boolean {
    return this.options.enabled;
  }

  /** How many records were given up because the database was away or too slow. */
  get givenUp(): number {
    return this.waiting.givenUp;
  }

  /** Returns at once. */
  keep(seen: SeenRequest): void {
    if (!this.enabled || this.closed) return;
    this.waiting.add(recordOf(seen));
    if (!this.writing) this.schedule(this.gathering);
  }

  /** Writes what waits now, and gives up what cannot be written. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.writing;
    while (this.waiting.count > 0 && (await this.writeBatch()));
    const lost = this.waiting.count;
    if (lost > 0) this.observations.warn('request log ends without its last records', { lost });
  }

  private schedule(milliseconds: number): void {
    if (this.timer || this.closed) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.writing = this.writeAll();
    }, milliseconds);
  }

  /** Never throws. */
  private async writeAll(): Promise<void> {
    let wentWell = true;
    while (wentWell && !this.closed && this.waiting.count > 0) wentWell = await this.writeBatch();
    this.writing = undefined;
    if (this.waiting.count > 0) this.schedule(wentWell ? this.gathering : this.resting);
  }

  /** @returns whether the batch was dealt with; one that was not waits at the front again. */
  private async writeBatch(): Promise<boolean> {
    const batch = this.waiting.take(RECORDS_PER_STATEMENT);
    try {
      await writeRecords(this.database, batch);
      return true;
    } catch (error) {
      if (concernsOne(error)) return this.writeEach(batch);
      this.complain('batch', error as Error);
      this.waiting.putBack(batch);
      return false;
    }
  }

  /** One record that the database cannot hold must not cost its neighbours. */
  private async writeEach(batch: RequestRecord[]): Promise<boolean> {
    for (const [index, record] of batch.entries()) {
      try {
        await writeRecords(this.database, [record]);
      } catch (error) {
        this.complain(record.id, error as Error);
        if (concernsOne(error)) continue;
        this.waiting.putBack(batch.slice(index));
        return false;
      }
    }
    return true;
  }
}

/** Records that wait, oldest first, of bounded size. */
class Waiting {
  private records: RequestRecord[] = [];
  private size = 0;
  givenUp = 0;

  constructor(private readonly sizeAtMost: number) {}

  get count(): number {
    return this.records.length;
  }

  add(record: RequestRecord): void {
    this.records.push(record);
    this.size += sizeOf(record);
    this.shrink();
  }

  take(count: number): RequestRecord[] {
    const taken = this.records.splice(0, count);
    for (const record of taken) this.size -= sizeOf(record);
    return taken;
  }

  putBack(records: RequestRecord[]): void {
    this.records = [...records, ...this.records];
    for (const record of records) this.size += sizeOf(record);
    this.shrink();
  }

  private shrink(): void {
    while (this.size > this.sizeAtMost && this.records.length > 1) {
      // Some at a time: an array that loses its first element moves all others.
      const gone = this.take(Math.ceil(this.records.length / 100));
      this.givenUp += gone.length;
    }
  }
}

function sizeOf({ body, path, unknownMembers, ignored }: RequestRecord): number {
  const named = (unknownMembers.length + ignored.length) * 40;
  return CHARACTERS_PER_RECORD + (body?.length ?? 0) + path.length + named;
}

// SQLSTATE classes: data exception, integrity constraint violation, program limit exceeded.
const CLASSES_OF_ONE = ['22', '23', '54'];

function concernsOne(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && CLASSES_OF_ONE.includes(code.slice(0, 2));
}
