/** Who came and who went by some events of one directory, beginning with whoever there was before them. */
import { existenceOf, recorded, type Existence } from '@app/directory';
import type { Entry } from '@app/event-log';

export type Kind = 'u' | 'g';

export interface Life {
  came: number;
  /** Null: still there at the end. */
  went: number | null;
}

export interface Thing extends Life {
  kind: Kind;
  id: string;
}

export interface Membership extends Life {
  groupId: string;
  memberId: string;
}

export class Comings {
  /** Those that came, and their fate. */
  readonly things: Thing[] = [];
  readonly memberships: Membership[] = [];
  /** Of those who were there before, the position at which they went; whoever it names need not have been there. */
  readonly thingsGone = new Map<string, { kind: Kind; id: string; went: number }>();
  readonly membershipsGone = new Map<string, { groupId: string; memberId: string; went: number }>();
  /** All memberships of the person, of the group. */
  readonly membersGone = new Map<string, number>();
  readonly groupsGone = new Map<string, number>();
  /** The directory was deleted at this position, and everybody with it. */
  endedAt: number | undefined;
  /** How many events let somebody come or go. */
  changes = 0;

  private readonly present = new Map<string, Thing>();
  private readonly belonging = new Map<string, Membership>();

  constructor(entries: readonly Entry[]) {
    for (const entry of entries) {
      const existence = existenceOf(recorded(entry));
      if (existence) this.apply(existence, entry.position);
    }
  }

  private apply(existence: Existence, at: number): void {
    this.changes += 1;
    if (existence.thing === 'directory') this.end(at);
    else if (existence.thing === 'membership') this.member(existence, at);
    else this.one(existence, at);
  }

  private one({ thing, id, change }: Extract<Existence, { id: string }>, at: number): void {
    const kind = thing === 'user' ? 'u' : 'g';
    const key = `${kind} ${id}`;
    if (change === 'came') {
      open(this.things, this.present, key, { kind, id, came: at, went: null });
      return;
    }
    close(this.present, key, at);
    if (!this.thingsGone.has(key)) this.thingsGone.set(key, { kind, id, went: at });
    const gone = thing === 'user' ? this.membersGone : this.groupsGone;
    if (!gone.has(id)) gone.set(id, at);
    for (const [pair, { groupId, memberId }] of this.belonging)
      if ((thing === 'user' ? memberId : groupId) === id) close(this.belonging, pair, at);
  }

  private member(
    { groupId, memberId, change }: Extract<Existence, { thing: 'membership' }>,
    at: number,
  ): void {
    const key = `${groupId} ${memberId}`;
    if (change === 'came') {
      open(this.memberships, this.belonging, key, { groupId, memberId, came: at, went: null });
      return;
    }
    close(this.belonging, key, at);
    if (!this.membershipsGone.has(key)) this.membershipsGone.set(key, { groupId, memberId, went: at });
  }

  private end(at: number): void {
    this.endedAt ??= at;
    for (const key of this.present.keys()) close(this.present, key, at);
    for (const key of this.belonging.keys()) close(this.belonging, key, at);
  }
}

/** Whoever is there already does not come again. */
function open<T extends Life>(all: T[], present: Map<string, T>, key: string, row: T): void {
  if (present.has(key)) return;
  all.push(row);
  present.set(key, row);
}

function close(present: Map<string, Life>, key: string, at: number): void {
  const row = present.get(key);
  if (!row) return;
  row.went = at;
  present.delete(key);
}
