import type { Json } from '@app/scim';
import type { DirectoryFacts, NamedDomain } from './recorded.js';

/** A directory without its state, whose words differ between the API (`linked`) and events (`active`). */
export function publishedDirectory(directory: DirectoryFacts): { [key: string]: Json } {
  return {
    object: 'directory',
    id: directory.id,
    organization_id: directory.organizationId,
    external_key: directory.externalKey,
    type: directory.type,
    name: directory.name,
    created_at: directory.created,
    updated_at: directory.updated,
  };
}

/** With the domains that its organization had then, whatever became of them. */
export function publishedActivation({
  directory,
  domains = [],
}: {
  directory: DirectoryFacts;
  domains?: readonly NamedDomain[];
}): { [key: string]: Json } {
  return {
    ...publishedDirectory(directory),
    state: 'active',
    domains: domains.map(({ id, domain }) => ({ object: 'organization_domain', id, domain })),
  };
}
