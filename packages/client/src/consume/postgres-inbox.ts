/** What a consumer has handled, and what webhooks spoke of that it has not: the statements, in a transaction that is given. */
import type { AnyEvent } from '../events.js';
import { LogDiverged } from './errors.js';
import type { Announced, Awaited, Placed } from './store.js';

const AWAITED_AT_MOST = 100;

export class PostgresInbox {
  constructor(
    private readonly table: string,
    private readonly query: (text: string, values: unknown[]) => Promise<unknown[]>,
  ) {}

  async announce(consumer: string, announced: readonly Announced[]): Promise<number> {
    // The same number may be named twice, and one of them may know the id.
    const announce = `insert into ${this.table} (consumer, directory_id, sequence, event_id)
      select $1, directory_id, sequence, max(event_id)
        from unnest($2::text[], $3::bigint[], $4::text[]) as named (directory_id, sequence, event_id)
       where not exists (select from ${this.table} as floor
                          where floor.consumer = $1 and floor.directory_id = named.directory_id
                            and floor.is_floor and floor.sequence >= named.sequence)
       group by directory_id, sequence
      on conflict do nothing returning sequence`;
    const rows = await this.query(announce, [
      consumer,
      announced.map(({ directoryId }) => directoryId),
      announced.map(({ sequence }) => sequence),
      announced.map(({ eventId }) => eventId),
    ]);
    return rows.length;
  }

  async awaited(consumer: string): Promise<Awaited[]> {
    const awaited = `select directory_id, sequence, tries,
        (select event_id from ${this.table} as before
          where before.consumer = $1 and before.directory_id = missing.directory_id
            and before.sequence < missing.sequence and before.handled_at is not null
          order by before.sequence desc limit 1) as after
      from ${this.table} as missing
     where consumer = $1 and handled_at is null and not given_up
     order by directory_id, sequence limit ${AWAITED_AT_MOST}`;
    const rows = (await this.query(awaited, [consumer])) as AwaitedRow[];
    return rows.map(({ directory_id, sequence, tries, after }) => ({
      directoryId: directory_id,
      sequence: Number(sequence),
      tries,
      after,
    }));
  }

  async notFound(consumer: string, missing: readonly Awaited[], giveUp: boolean): Promise<void> {
    const count = `update ${this.table} as inbox set tries = tries + 1, given_up = $4
      from unnest($2::text[], $3::bigint[]) as missing (directory_id, sequence)
      where inbox.consumer = $1 and inbox.directory_id = missing.directory_id
        and inbox.sequence = missing.sequence and inbox.handled_at is null`;
    await this.query(count, [
      consumer,
      missing.map(({ directoryId }) => directoryId),
      missing.map(({ sequence }) => sequence),
      giveUp,
    ]);
  }

  async prune(consumer: string, olderThanInDays: number): Promise<void> {
    const inbox = this.table;
    // The newest of what goes stays, as the mark below which nothing is asked for.
    const old = `select directory_id, max(sequence) as sequence from ${inbox}
      where consumer = $1 and handled_at < now() - make_interval(days => $2) group by directory_id`;
    await this.query(
      `with old as (${old}),
       marked as (update ${inbox} as kept set is_floor = true from old
                   where kept.consumer = $1 and kept.directory_id = old.directory_id
                     and kept.sequence = old.sequence and not kept.is_floor)
       delete from ${inbox} as gone using old
        where gone.consumer = $1 and gone.directory_id = old.directory_id and gone.sequence < old.sequence`,
      [consumer, olderThanInDays],
    );
  }

  /** Writes down that they are handled, as this transaction will have it. @returns those that were not. */
  async notHandledBefore<Event extends AnyEvent>(
    consumer: string,
    events: readonly Placed<Event>[],
  ): Promise<{ event: Event; late: boolean }[]> {
    // The same event may stand in a page twice.
    const shown = new Map(events.map((each) => [keyOf(each), each]));
    if (shown.size === 0) return [];
    const unique = [...shown.values()];
    const columns = [
      unique.map(({ directoryId }) => directoryId),
      unique.map(({ sequence }) => sequence),
      unique.map(({ event }) => event.id),
    ];
    const handled = `insert into ${this.table} as inbox (consumer, directory_id, sequence, event_id, handled_at)
      select $1, directory_id, sequence, event_id, now()
        from unnest($2::text[], $3::bigint[], $4::text[]) as shown (directory_id, sequence, event_id)
      on conflict (consumer, directory_id, sequence) do update
        set handled_at = now(), event_id = excluded.event_id, given_up = false where inbox.handled_at is null
      returning directory_id, sequence,
        (select sequence from ${this.table} as latest
          where latest.consumer = $1 and latest.directory_id = inbox.directory_id and latest.handled_at is not null
          order by latest.sequence desc limit 1) as latest`;
    const rows = (await this.query(handled, [consumer, ...columns])) as HandledRow[];
    const latest = new Map(
      rows.map((row) => [
        `${row.directory_id} ${row.sequence}`,
        row.latest === null ? 0 : Number(row.latest),
      ]),
    );
    if (rows.length < unique.length) await this.refuseOtherLog(consumer, columns);
    const highest = new Map<string, number>();
    return unique.flatMap((each) => {
      const before = latest.get(keyOf(each));
      if (before === undefined) return [];
      const last = Math.max(before, highest.get(each.directoryId) ?? 0);
      highest.set(each.directoryId, Math.max(last, each.sequence));
      return { event: each.event, late: last > each.sequence };
    });
  }

  /** @throws LogDiverged */
  private async refuseOtherLog(consumer: string, columns: unknown[]): Promise<void> {
    const other = `select shown.directory_id, shown.sequence, inbox.event_id as handled, shown.event_id as shown
        from unnest($2::text[], $3::bigint[], $4::text[]) as shown (directory_id, sequence, event_id)
        join ${this.table} as inbox on inbox.consumer = $1 and inbox.directory_id = shown.directory_id
         and inbox.sequence = shown.sequence and inbox.event_id <> shown.event_id limit 1`;
    const [row] = (await this.query(other, [consumer, ...columns])) as OtherRow[];
    if (row) throw new LogDiverged(row.directory_id, Number(row.sequence), row);
  }
}

interface AwaitedRow {
  directory_id: string;
  sequence: string;
  tries: number;
  after: string | null;
}

interface HandledRow {
  directory_id: string;
  sequence: string;
  latest: string | null;
}

interface OtherRow {
  directory_id: string;
  sequence: string;
  handled: string;
  shown: string;
}

function keyOf({ directoryId, sequence }: Placed): string {
  return `${directoryId} ${sequence}`;
}
