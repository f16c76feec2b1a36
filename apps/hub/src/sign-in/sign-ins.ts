/** May this person sign in now, and who are they? */
import { Injectable } from '@nestjs/common';
import {
  rolesOf,
  SIGN_IN_NAMES,
  wasDeleted,
  whoSignsIn,
  type PlacedUser,
  type SignInDirectory,
  type SignInPlace,
} from '@app/projections';
import { Database } from '@app/runtime';
import { Directories, Organizations } from '@app/tenancy';
import { notFound } from '../consumer/api-error.js';
import { JustInTime, namesOf, type Names } from './just-in-time.js';
import type { Asked } from './sign-in-body.js';
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
    const { directories, found } = await whoSignsIn(this.database, asked.place, asked.by);
    const organizationId = directories[0]?.organizationId ?? (await this.organizationWithoutAny(asked.place));
    const answer = await this.answer({ directories, verdict: verdictOn(found) }, asked, requestId);
    if (answer.decision !== 'allow') return { ...answer, organizationId };
    const { givesRoles } = directories.find(({ id }) => id === answer.user.directoryId)!;
    return { ...answer, user: await this.withRolesOfNow(answer.user, givesRoles), organizationId };
  }

  /** What consumers have been told of roles may be a moment behind a change of groups, and who comes in gets what groups give now. */
  private async withRolesOfNow(user: PlacedUser, givesRoles: boolean): Promise<PlacedUser> {
    const { roles: _told, ...rest } = user;
    if (!givesRoles) return rest;
    const roles = (await rolesOf(this.database, user.directoryId, [user.id])).get(user.id) ?? [];
    return { ...rest, ...(roles.length > 0 && { roles }) };
  }

  private async answer(
    { directories, verdict }: { directories: SignInDirectory[]; verdict: Verdict },
    asked: Asked,
    requestId: string,
  ): Promise<Answer> {
    if (verdict.decision !== 'unknown') return verdict;
    const ids = directories.map(({ id }) => id);
    if (await wasDeleted(this.database, ids, namesOf(asked))) return { decision: 'deny', reason: 'deleted' };
    if (!asked.profile) return { decision: 'unknown', reason: 'not_found' };
    return this.create(directories, asked, requestId);
  }

  /** Nobody is made beside somebody who goes by another of the names: that may be the same person, and not be welcome. */
  private async create(directories: SignInDirectory[], asked: Asked, requestId: string): Promise<Answer> {
    const [open, ...others] = directories.filter(({ justInTime }) => justInTime);
    if (!open) return { decision: 'unknown', reason: 'just_in_time_off' };
    if (others.length > 0) return { decision: 'unknown', reason: 'several_directories' };
    const before = await this.byAnyName(asked);
    if (before.decision !== 'unknown') return before;
    const directory = await this.directories.find(open.id);
    if (!directory) throw notFound('Directory', open.id);
    const created = await this.justInTime.create(directory, asked, requestId);
    const verdict = await this.byAnyName(asked);
    return verdict.decision === 'unknown' ? { ...verdict, reason: 'not_found' } : { ...verdict, created };
  }

  /** Whoever has another id at the identity provider is another person, whatever else they share. */
  private async byAnyName(asked: Asked): Promise<Verdict> {
    const all = namesOf(asked);
    const verdict = verdictOn(await this.find(asked.place, all));
    if (verdict.decision !== 'allow' || all.idp_id === undefined) return verdict;
    const { id, attributes } = verdict.user;
    const { externalId = all.idp_id } = attributes;
    if (externalId === all.idp_id) return verdict;
    return { decision: 'deny', reason: 'ambiguous', candidates: [id] };
  }

  private async find(place: SignInPlace, names: Names): Promise<PlacedUser[]> {
    const asked = SIGN_IN_NAMES.flatMap((name) => {
      const value = names[name];
      return value === undefined ? [] : [{ name, value }];
    });
    const answers = await Promise.all(asked.map((by) => whoSignsIn(this.database, place, by)));
    const found = answers.flatMap((answer) => answer.found);
    const unique = [...new Map(found.map((user) => [user.id, user])).values()];
    return unique.sort((one, other) => latestFirst(one.directoryId, other.directoryId));
  }

  /** @throws ApiError 404 unless it is an organization that has no directory. */
  private async organizationWithoutAny(place: SignInPlace): Promise<string> {
    if ('directoryId' in place) throw notFound('Directory', place.directoryId);
    if (!(await this.organizations.find(place.organizationId)))
      throw notFound('Organization', place.organizationId);
    return place.organizationId;
  }
}

function latestFirst(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? 1 : -1;
}
