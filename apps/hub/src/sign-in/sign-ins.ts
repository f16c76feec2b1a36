/** May this person sign in now, and who are they? */
import { Injectable } from '@nestjs/common';
import { findByName, rolesOf, SIGN_IN_NAMES, wasDeleted, type PlacedUser } from '@app/projections';
import { Database } from '@app/runtime';
import { Directories, Organizations, type Directory } from '@app/tenancy';
import { notFound } from '../consumer/api-error.js';
import { JustInTime, namesOf } from './just-in-time.js';
import type { Asked, Place } from './sign-in-body.js';
import { verdictOn, type Verdict } from './verdict.js';

type Answer = (
  | Exclude<Verdict, { decision: 'unknown' }>
  | { decision: 'deny'; reason: 'deleted' }
  | { decision: 'unknown'; reason: 'not_found' | 'just_in_time_off' | 'several_directories' }
) & { created?: boolean };

export type SignIn = Answer & { organizationId: string };

@Injectable()
export class SignIns {
  constructor(
    private readonly database: Database,
    private readonly directories: Directories,
    private readonly organizations: Organizations,
    private readonly justInTime: JustInTime,
  ) {}

  /** @throws ApiError 404 for a directory or organization that is not there, 422 for a profile that nobody can be made of. */
  async check(asked: Asked, requestId: string): Promise<SignIn> {
    const { organizationId, directories } = await this.lookedAt(asked.place);
    const answer = await this.answer(directories, asked, requestId);
    if (answer.decision !== 'allow') return { ...answer, organizationId };
    return { ...answer, user: await this.withRolesOfNow(answer.user), organizationId };
  }

  /** What consumers have been told of roles may be a moment behind a change of groups, and who comes in gets what groups give now. */
  private async withRolesOfNow(user: PlacedUser): Promise<PlacedUser> {
    const roles = (await rolesOf(this.database, user.directoryId, [user.id])).get(user.id) ?? [];
    const { roles: _told, ...rest } = user;
    return { ...rest, ...(roles.length > 0 && { roles }) };
  }

  private async answer(directories: Directory[], asked: Asked, requestId: string): Promise<Answer> {
    const verdict = verdictOn(await this.find(directories, [asked.by]));
    if (verdict.decision !== 'unknown') return verdict;
    const ids = directories.map(({ id }) => id);
    if (await wasDeleted(this.database, ids, namesOf(asked))) return { decision: 'deny', reason: 'deleted' };
    if (!asked.profile) return { decision: 'unknown', reason: 'not_found' };
    return this.create(directories, asked, requestId);
  }

  /** Nobody is made beside somebody who goes by another of the names: that may be the same person, and not be welcome. */
  private async create(directories: Directory[], asked: Asked, requestId: string): Promise<Answer> {
    const open = directories.filter(({ justInTime }) => justInTime);
    const [directory] = open;
    if (!directory) return { decision: 'unknown', reason: 'just_in_time_off' };
    if (open.length > 1) return { decision: 'unknown', reason: 'several_directories' };
    const before = await this.byAnyName(directories, asked);
    if (before.decision !== 'unknown') return before;
    const created = await this.justInTime.create(directory, asked, requestId);
    const verdict = await this.byAnyName(directories, asked);
    return verdict.decision === 'unknown' ? { ...verdict, reason: 'not_found' } : { ...verdict, created };
  }

  /** Whoever has another id at the identity provider is another person, whatever else they share. */
  private async byAnyName(directories: Directory[], asked: Asked): Promise<Verdict> {
    const all = namesOf(asked);
    const names = SIGN_IN_NAMES.flatMap((name) => {
      const value = all[name];
      return value === undefined ? [] : [{ name, value }];
    });
    const verdict = verdictOn(await this.find(directories, names));
    if (verdict.decision !== 'allow' || all.idp_id === undefined) return verdict;
    const { id, attributes } = verdict.user;
    const { externalId = all.idp_id } = attributes;
    if (externalId === all.idp_id) return verdict;
    return { decision: 'deny', reason: 'ambiguous', candidates: [id] };
  }

  /** The latest directory first: it is where people have moved to. */
  private async lookedAt(place: Place): Promise<{ organizationId: string; directories: Directory[] }> {
    if ('directoryId' in place) {
      const directory = await this.directories.find(place.directoryId);
      if (!directory) throw notFound('Directory', place.directoryId);
      return { organizationId: directory.organizationId, directories: [directory] };
    }
    const { organizationId } = place;
    const directories = await this.directories.ofOrganization(organizationId);
    if (directories.length === 0 && !(await this.organizations.find(organizationId)))
      throw notFound('Organization', organizationId);
    return { organizationId, directories: directories.sort((one, other) => (one.id < other.id ? 1 : -1)) };
  }

  private async find(directories: Directory[], names: Asked['by'][]): Promise<PlacedUser[]> {
    const ids = directories.map(({ id }) => id);
    const found = (await Promise.all(names.map((by) => findByName(this.database, ids, by)))).flat();
    const unique = [...new Map(found.map((user) => [user.id, user])).values()];
    const place = (user: PlacedUser): number => ids.indexOf(user.directoryId);
    return unique.sort((one, other) => place(one) - place(other));
  }
}
