/** What a new installation needs before anybody can try it: an organization, a directory and an API key. */
import type { INestApplicationContext } from '@nestjs/common';
import { ApiKeys, GENERIC_DIRECTORY, Organizations, PERMISSIONS } from '@app/tenancy';
import type { DirectorySetUp } from './directory-set-up.js';
import { OrganizationSetUp } from './organizations/organization-set-up.js';

export interface FirstSteps {
  organizationId: string;
  directoryId: string;
  scimBaseUrl: string;
  scimBearerToken: string;
  /** Undefined when the operator chose one (`ROLLCALL_API_KEY`). */
  apiKey: string | undefined;
}

/** @returns what was made, or undefined when there is an organization already. */
export async function firstSteps(
  setUp: DirectorySetUp,
  app: INestApplicationContext,
): Promise<FirstSteps | undefined> {
  const organizations = app.get(Organizations);
  if ((await organizations.count()) > 0) return undefined;
  const keys = app.get(ApiKeys);
  const apiKey = (await keys.count()) === 0 ? await keys.create('first', [...PERMISSIONS]) : undefined;
  const organization = await app.get(OrganizationSetUp).create({ name: 'First organization' }, 'start');
  const wish = { organizationId: organization.id, name: 'First directory', type: GENERIC_DIRECTORY };
  const { directory, scim } = await setUp.create(wish, 'start');
  return {
    organizationId: organization.id,
    directoryId: directory.id,
    scimBaseUrl: scim.baseUrl,
    scimBearerToken: scim.bearerToken,
    apiKey,
  };
}
