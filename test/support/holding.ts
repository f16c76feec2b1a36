/** What an app holds that begins with a snapshot and applies events, strictly; written from the documentation, not from the code. */
import { createHash } from 'node:crypto';

export interface Thing {
  [name: string]: unknown;
  object: string;
  id: string;
  updated_at: string;
}

export interface Told {
  id: string;
  event: string;
  data: object;
}

/** The lines of a stream that ended as it should. */
export function linesOf<Line = Record<string, unknown>>(text: string): Line[] {
  if (!text.endsWith('\n')) throw new Error(`the stream was cut off: …${text.slice(-80)}`);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

export class Holding {
  readonly users = new Map<string, Thing>();
  readonly groups = new Map<string, Thing>();
  /** `group user` */
  readonly memberships = new Set<string>();

  /** @throws when it has no end, or an end that does not fit. */
  static of(text: string): { holding: Holding; head: Record<string, unknown>; end: Record<string, unknown> } {
    const holding = new Holding();
    const lines = linesOf<Record<string, unknown>>(text);
    const [head, end] = [lines.shift()!, lines.pop()!];
    if (head['object'] !== 'snapshot' || end['object'] !== 'snapshot_end')
      throw new Error('no whole snapshot');
    for (const line of lines) holding.take(line);
    const { object: _, ...counted } = end;
    if (JSON.stringify(counted) !== JSON.stringify(holding.digest()))
      throw new Error(
        `${JSON.stringify(counted)} is not the digest of what came: ${JSON.stringify(holding.digest())}`,
      );
    return { holding, head, end };
  }

  private take(line: Record<string, unknown>): void {
    const thing = line as Thing;
    switch (line['object']) {
      case 'directory_user':
        return this.put(this.users, thing, false);
      case 'directory_group':
        return this.put(this.groups, thing, false);
      case 'directory_membership':
        return this.join(String(line['group_id']), String(line['user_id']));
      default:
        throw new Error(`nobody knows ${JSON.stringify(line)}`);
    }
  }

  /** @throws when it does not fit what is held: told twice, told before what it needs, or after something that was not told. */
  apply({ event, data }: Told): void {
    const thing = data as Thing & { user: Thing; group: Thing };
    switch (event) {
      case 'dsync.user.created':
        return this.put(this.users, thing, false);
      case 'dsync.user.updated':
        return this.put(this.users, thing, true);
      case 'dsync.user.deleted':
        return this.drop(this.users, thing.id, ([, user]) => user === thing.id);
      case 'dsync.group.created':
        return this.put(this.groups, thing, false);
      case 'dsync.group.updated':
        return this.put(this.groups, thing, true);
      case 'dsync.group.deleted':
        return this.drop(this.groups, thing.id, ([group]) => group === thing.id);
      case 'dsync.group.user_added':
        return this.join(thing.group.id, thing.user.id);
      case 'dsync.group.user_removed':
        if (!this.memberships.delete(`${thing.group.id} ${thing.user.id}`)) throw unfit(event, thing);
        return;
      case 'dsync.activated':
        return;
      default:
        throw new Error(`nobody knows ${event}`);
    }
  }

  private put(held: Map<string, Thing>, thing: Thing, known: boolean): void {
    const before = held.get(thing.id);
    if ((before !== undefined) !== known) throw unfit('put', thing);
    if (before && before.updated_at >= thing.updated_at) throw unfit(`after ${before.updated_at}`, thing);
    const { previous_attributes: _, ...shown } = thing;
    held.set(thing.id, shown as Thing);
  }

  private join(group: string, user: string): void {
    const membership = `${group} ${user}`;
    if (this.memberships.has(membership) || !this.groups.has(group) || !this.users.has(user))
      throw unfit('join', membership);
    this.memberships.add(membership);
  }

  private drop(held: Map<string, Thing>, id: string, belongs: (pair: string[]) => boolean): void {
    if (!held.delete(id)) throw unfit('drop', id);
    for (const each of this.memberships) if (belongs(each.split(' '))) this.memberships.delete(each);
  }

  digest(): object {
    const lines = {
      users: [...this.users.values()].map(({ id, updated_at: at }) => `user\n${id}\n${at}`),
      groups: [...this.groups.values()].map(({ id, updated_at: at }) => `group\n${id}\n${at}`),
      memberships: [...this.memberships].map((pair) => `membership\n${pair.replace(' ', '\n')}`),
    };
    const kinds = Object.entries(lines).map(([kind, of]) => [kind, { count: of.length, digest: sumOf(of) }]);
    return { ...Object.fromEntries(kinds), digest: sumOf(Object.values(lines).flat()) };
  }

  /** As `compare` takes it. */
  body(): string {
    const things = [...this.users.values(), ...this.groups.values()].map(({ object, id, updated_at }) => ({
      ...{ object, id, updated_at },
    }));
    const memberships = [...this.memberships].map((pair) => {
      const [group_id, user_id] = pair.split(' ');
      return { object: 'directory_membership', group_id, user_id };
    });
    return [...things, ...memberships].map((line) => `${JSON.stringify(line)}\n`).join('');
  }

  /** To be compared with another one, whatever the order. */
  sorted(): unknown {
    const things = (held: Map<string, Thing>): Thing[] =>
      [...held.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    return {
      users: things(this.users),
      groups: things(this.groups),
      memberships: [...this.memberships].sort(),
    };
  }
}

function sumOf(lines: string[]): string {
  let sum = 0n;
  for (const line of lines)
    sum += BigInt(`0x${createHash('sha256').update(line, 'utf8').digest('hex').slice(0, 16)}`);
  return (sum % (1n << 64n)).toString(16).padStart(16, '0');
}

function unfit(what: string, thing: unknown): Error {
  return new Error(`${what} does not fit what is held: ${JSON.stringify(thing)}`);
}
