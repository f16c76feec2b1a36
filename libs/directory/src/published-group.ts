import type { Attributes, Json } from '@app/scim';
import { changesBetween, withoutNulls } from './previous-attributes.js';
import { toldAt, type Group } from './state.js';

export interface Belonging {
  directoryId: string;
  organizationId: string;
}

export function publishedGroup(group: Group, belonging: Belonging): { [key: string]: Json } {
  return {
    object: 'directory_group',
    id: group.id,
    idp_id: group.attributes['externalId'] ?? group.id,
    directory_id: belonging.directoryId,
    organization_id: belonging.organizationId,
    name: group.attributes['displayName'] ?? '',
    raw_attributes: group.attributes,
    created_at: group.created,
    updated_at: toldAt(group),
  };
}

export function previousOfGroup(
  group: Group,
  previous: Attributes,
  belonging: Belonging,
): { [key: string]: Json } {
  const before = { ...group, attributes: withoutNulls({ ...group.attributes, ...previous }) };
  return changesBetween(publishedGroup(before, belonging), publishedGroup(group, belonging));
}
