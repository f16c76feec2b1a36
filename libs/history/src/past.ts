/** Who there was at a moment: rows of the epoch that it lies in, and the few events that nobody has entered yet. */
import { EXISTENCE_TYPES, PURGE_REQUEST_ID, recorded, type RecordedEvent } from '@app/directory';
import { checkpointPosition, type Entry, type EventLog } from '@app/event-log';
import {
  directionOf,
  pageOfRows,
  Statement,
  type Database,
  type PageOfRows,
  type PageWish,
  type Tx,
} from '@app/runtime';
import { Comings } from './comings.js';
import { FOLLOWER } from './follow.js';
import { isOf, nameIn, sourceOf, wantedBy, type Of, type Pair } from './list-of.js';
import type { Moment } from './moment.js';
import { bared } from './purged.js';

/** How far behind the log the epochs may be for a question to be answered: the events between are read for it. */
export const EVENTS_READ_AT_MOST = 5_000;

/** The epochs are not made up to that moment yet. */
export class HistoryBehind extends Error {
  constructor(
    readonly enteredTo: number,
    readonly wanted: number,
  ) {
    super(`history is entered up to position ${enteredTo}, and ${wanted} was asked for`);
    this.name = 'HistoryBehind';
  }
}

/** Reads in one snapshot of the database, so that epochs that are made or emptied meanwhile do not show. */
export function readHistory<T>(database: Database, read: (tx: Tx) => Promise<T>): Promise<T> {
  return database.transaction(async (tx) => {
    await tx.rows('set transaction isolation level repeatable read, read only');
    return read(tx);
  });
}

export interface Found {
  /** What the list goes by: the id of the person or group, the other end of a membership, or both ends, `group:person`. */
  id: string;
}

export class Past {
  private constructor(
    private readonly tx: Tx,
    readonly moment: Moment,
    private readonly epoch: Epoch | undefined,
    /** Up to here the rows know, exclusive of what came later. */
    private readonly entered: number,
    private readonly since: Comings,
  ) {}

  /** @throws HistoryBehind */
  static async at(tx: Tx, log: EventLog, moment: Moment): Promise<Past> {
    const { directoryId, position } = moment;
    const [[epoch], followed] = await Promise.all([
      tx.rows<Epoch>(EPOCH, [directoryId, position]),
      checkpointPosition(tx, FOLLOWER),
    ]);
    const entered = Math.min(position, followed);
    if (position - entered > EVENTS_READ_AT_MOST) throw new HistoryBehind(entered, position);
    const news =
      entered < position
        ? await log.after(tx, {
            after: entered,
            upTo: position,
            directoryId,
            types: EXISTENCE_TYPES,
            limit: EVENTS_READ_AT_MOST,
          })
        : [];
    return new Past(tx, moment, epoch, entered, new Comings(news));
  }

  /** A page of ids, in their order; the cursor's own need not be there. */
  async page(of: Of, wish: PageWish): Promise<PageOfRows<Found>> {
    if (this.ended) return { data: [], before: null, after: null };
    const news = this.newsOf(of);
    const direction = directionOf(wish);
    const rows = await this.entries(of, wish, news.touched);
    const isWanted = wantedBy(wish);
    const all = [...rows, ...news.present.filter(isWanted)];
    const sign = direction === 'asc' ? 1 : -1;
    all.sort((a, b) => (a < b ? -sign : a > b ? sign : 0));
    const found = all.slice(0, wish.limit + 1).map((id) => ({ id }));
    return pageOfRows(found, wish);
  }

  /** The groups that each of these people is in directly. One statement. @returns their ids, by the id of the person, in order. */
  async groupsOf(memberIds: readonly string[]): Promise<Map<string, string[]>> {
    const groups = new Map<string, string[]>(memberIds.map((id) => [id, []]));
    if (this.ended || memberIds.length === 0) return groups;
    const { touched } = this.newsOf({ all: 'memberships' });
    const rows = this.epoch
      ? await this.tx.rows<Pair>(GROUPS_OF_MEMBERS, [
          this.epoch.id,
          this.entered,
          memberIds,
          touched.ids,
          touched.groups,
          touched.members,
        ])
      : [];
    const news = this.since.memberships.filter(({ went }) => went === null);
    for (const { groupId, memberId } of [...rows, ...news]) groups.get(memberId)?.push(groupId);
    for (const ids of groups.values()) ids.sort();
    return groups;
  }

  /** The directory was deleted by then, and nobody is there. */
  get ended(): boolean {
    const at = this.since.endedAt ?? this.epoch?.ended_at ?? undefined;
    return at !== undefined && at <= this.moment.position;
  }

  /** What the events that are not entered say of such a list: of whom the rows know nothing any more, and who is there. */
  private newsOf(of: Of): { touched: Touched; present: string[] } {
    const { things, memberships, thingsGone, membershipsGone, membersGone, groupsGone } = this.since;
    if ('kind' in of) {
      const own = things.filter(({ kind }) => kind === of.kind);
      const gone = [...thingsGone.values()].filter(({ kind }) => kind === of.kind);
      return {
        touched: { ids: [...own, ...gone].map(({ id }) => id), groups: [], members: [] },
        present: own.filter(({ went }) => went === null).map(({ id }) => id),
      };
    }
    const nameOf = nameIn(of);
    const own = memberships.filter((row) => isOf(of, row));
    const gone = [...membershipsGone.values()].filter((row) => isOf(of, row));
    return {
      touched: {
        ids: [...own, ...gone].map(nameOf),
        groups: [...groupsGone.keys()],
        members: [...membersGone.keys()],
      },
      present: own.filter(({ went }) => went === null).map(nameOf),
    };
  }

  /** One row more than the page holds. */
  private async entries(of: Of, wish: PageWish, touched: Touched): Promise<string[]> {
    if (!this.epoch) return [];
    const { table, name, condition, value } = sourceOf(of);
    const direction = directionOf(wish);
    const keys = name.split(', ');
    const id = keys.length === 1 ? name : `${keys[0]} || ':' || ${keys[1]}`;
    const values: unknown[] = [this.epoch.id, this.entered, wish.limit + 1, value, touched.ids];
    const conditions = [
      `epoch = $1 and came <= $2 and (went is null or went > $2) and ${condition}`,
      `not (${id} = any($5::text[]))`,
    ];
    if (!('kind' in of)) {
      values.push(touched.groups, touched.members);
      conditions.push('not (group_id = any($6::text[])) and not (member_id = any($7::text[]))');
    }
    const bound = (operator: string, cursor: string | undefined): void => {
      if (cursor === undefined) return;
      const parts = keys.length === 1 ? [cursor] : cursor.split(':');
      const places = keys.map((_key, index) => `$${values.push(parts[index] ?? '')}::text`);
      conditions.push(`(${name}) ${operator} (${places.join(', ')})`);
    };
    bound(wish.order === 'asc' ? '>' : '<', wish.after);
    bound(wish.order === 'asc' ? '<' : '>', wish.before);
    const rows = await this.tx.rows<{ id: string }>(
      `select ${id} as id from ${table} where ${conditions.join(' and ')}
        order by ${keys.map((key) => `${key} ${direction}`).join(', ')} limit $3`,
      values,
    );
    return rows.map((row) => row.id);
  }
}

interface Epoch {
  id: number;
  ended_at: number | null;
}

interface Touched {
  ids: string[];
  groups: string[];
  members: string[];
}

const EPOCH = new Statement(
  'history-epoch',
  `select id, ended_at from history_epoch
    where directory_id = $1 and position <= $2 and copied_from is null order by position desc limit 1`,
);

const GROUPS_OF_MEMBERS = new Statement(
  'history-groups-of-members',
  `select group_id as "groupId", member_id as "memberId" from history_membership
    where epoch = $1 and member_id = any($3::text[]) and came <= $2 and (went is null or went > $2)
      and not (group_id || ':' || member_id = any($4::text[]))
      and not (group_id = any($5::text[])) and not (member_id = any($6::text[]))`,
);

/** The last event of each that shows its state at the moment, by its id. Whoever had none by then is not in it. */
export async function statesAt(
  tx: Tx,
  log: EventLog,
  moment: Moment,
  ids: readonly string[],
): Promise<Map<string, RecordedEvent>> {
  if (ids.length === 0) return new Map();
  const last = await tx.rows<{ position: number; purged: boolean }>(LAST_OF_SUBJECTS, [
    ids,
    moment.position,
    PURGE_REQUEST_ID,
  ]);
  const purged = new Map(last.map((each) => [each.position, each.purged]));
  const entries = await log.at(tx, [...purged.keys()]);
  const own = entries.filter(({ directoryId }) => directoryId === moment.directoryId);
  const state = (entry: Entry): RecordedEvent =>
    purged.get(entry.position) ? bared(recorded(entry)) : recorded(entry);
  return new Map(own.map((entry) => [entry.subjects[0]!, state(entry)]));
}

const LAST_OF_SUBJECTS = new Statement(
  'history-last-of-subjects',
  `select e.position, last.type = 'UserDeleted' and last.request_id = $3 as purged from unnest($1::text[]) s (id)
    cross join lateral (
      select position from event where subjects[1] = s.id and position <= $2 order by position desc limit 1
    ) e
    cross join lateral (
      select type, request_id from event where subjects[1] = s.id order by position desc limit 1
    ) last`,
);
