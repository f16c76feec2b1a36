/** An identity provider that never tires: one lane of people and groups that nobody else touches, one request after the other. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Dice } from '../fuzz/dice.js';
import { GROUP, PATCH_OP, USER } from '../support/hub.js';
import { POISONOUS } from './cast.js';
import type { AcceptedWrite, Lane } from './recording.js';
import type { Door } from './door.js';

interface Person {
  id: string;
  active: boolean;
  /** It is refused by a receiver, so it stays to be refused. */
  stays: boolean;
}

interface Group {
  id: string;
  members: Set<string>;
}

const PEOPLE_AT_MOST = 10;
const GROUPS_AT_MOST = 2;
const PAUSE_AT_MOST_IN_MILLISECONDS = 300;

export class Writer implements Lane {
  readonly writes: AcceptedWrite[] = [];
  private readonly people: Person[] = [];
  private readonly groups: Group[] = [];
  private made = 0;

  constructor(
    readonly name: string,
    private readonly door: Door,
    private readonly dice: Dice,
  ) {}

  get directoryId(): string {
    return this.door.directoryId;
  }

  /** Each thing that is begun is done to its end, however long that takes. */
  async work(isOver: () => boolean): Promise<void> {
    await this.makePerson(POISONOUS);
    await this.makeGroup();
    while (!isOver()) {
      await this.step();
      await pause(this.dice.below(PAUSE_AT_MOST_IN_MILLISECONDS));
    }
  }

  private step(): Promise<void> {
    const { dice, people, groups } = this;
    const roll = dice.roll();
    if (people.length < 3 || (roll < 0.12 && people.length < PEOPLE_AT_MOST))
      return this.makePerson('person');
    if (groups.length === 0 || (roll < 0.15 && groups.length < GROUPS_AT_MOST)) return this.makeGroup();
    const person = dice.pick(people);
    const group = dice.pick(groups);
    if (roll < 0.5) return this.retitle(person);
    if (roll < 0.7) return this.join(group, person);
    if (roll < 0.86) return this.setActive(person);
    if (roll < 0.93) return this.rename(group);
    if (roll < 0.95) return this.removeGroup(group);
    return person.stays ? this.retitle(person) : this.removePerson(person);
  }

  private async makePerson(prefix: string): Promise<void> {
    const userName = `${prefix}-${this.mark()}@example.com`;
    const body = { schemas: [USER], userName, active: true };
    const { id, requestId } = await this.door.create('/Users', body, `userName eq "${userName}"`);
    this.people.push({ id, active: true, stays: prefix === POISONOUS });
    this.note('UserCreated', [id], userName, requestId);
  }

  private async makeGroup(): Promise<void> {
    const displayName = `group-${this.mark()}`;
    const body = { schemas: [GROUP], displayName, externalId: displayName };
    const { id, requestId } = await this.door.create('/Groups', body, `externalId eq "${displayName}"`);
    this.groups.push({ id, members: new Set() });
    this.note('GroupCreated', [id], displayName, requestId);
  }

  private async retitle({ id }: Person): Promise<void> {
    const title = this.mark();
    const requestId = await this.patch(`/Users/${id}`, { op: 'replace', path: 'title', value: title });
    this.note('UserProfileChanged', [id], title, requestId);
  }

  private async setActive(person: Person): Promise<void> {
    const active = !person.active;
    const requestId = await this.patch(`/Users/${person.id}`, {
      op: 'replace',
      path: 'active',
      value: active,
    });
    person.active = active;
    this.note(active ? 'UserReactivated' : 'UserDeactivated', [person.id], null, requestId);
  }

  private async join(group: Group, { id }: Person): Promise<void> {
    const leaves = group.members.has(id);
    const operation = leaves
      ? { op: 'remove', path: `members[value eq "${id}"]` }
      : { op: 'add', path: 'members', value: [{ value: id }] };
    const requestId = await this.patch(`/Groups/${group.id}`, operation);
    if (leaves) group.members.delete(id);
    else group.members.add(id);
    this.note('MembershipChanged', [group.id, id], leaves ? 'removed' : 'added', requestId);
  }

  private async rename(group: Group): Promise<void> {
    const displayName = `group-${this.mark()}`;
    const requestId = await this.patch(`/Groups/${group.id}`, {
      op: 'replace',
      path: 'displayName',
      value: displayName,
    });
    this.note('GroupChanged', [group.id], displayName, requestId);
  }

  private async removePerson(person: Person): Promise<void> {
    const requestId = await this.door.remove(`/Users/${person.id}`);
    this.people.splice(this.people.indexOf(person), 1);
    // Their memberships end with that one event.
    for (const { members } of this.groups) members.delete(person.id);
    this.note('UserDeleted', [person.id], null, requestId);
  }

  private async removeGroup(group: Group): Promise<void> {
    const requestId = await this.door.remove(`/Groups/${group.id}`);
    this.groups.splice(this.groups.indexOf(group), 1);
    // By their ids, as the log tells of them.
    for (const id of [...group.members].sort())
      this.note('MembershipChanged', [group.id, id], 'ended', requestId);
    this.note('GroupDeleted', [group.id], null, requestId);
  }

  private patch(path: string, operation: object): Promise<string | undefined> {
    return this.door.change('PATCH', path, { schemas: [PATCH_OP], Operations: [operation] });
  }

  private note(type: string, subjects: string[], mark: string | null, requestId: string | undefined): void {
    this.writes.push({ type, subjects, mark, requestId });
  }

  /** A word that is used once in the whole run, so that what it was written with can be told from everything else. */
  private mark(): string {
    this.made += 1;
    return `${this.name.replaceAll(' ', '-')}-${this.made}`;
  }
}
