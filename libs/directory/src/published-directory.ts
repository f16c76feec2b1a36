import type { Json } from '@app/scim';
import type { DirectoryFacts } from './recorded.js';

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
