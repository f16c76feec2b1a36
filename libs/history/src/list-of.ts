/** What a list of the past is of: where its rows are, by what it is ordered, and which news belong to it. */
import type { PageWish } from '@app/runtime';
import type { Kind } from './comings.js';

/** What a list is of: everybody of a kind, or the memberships of a group, of a person, or of the directory. */
export type Of = { kind: Kind } | { groupId: string } | { memberId: string } | { all: 'memberships' };

export function sourceOf(of: Of): { table: string; name: string; condition: string; value: string } {
  if ('kind' in of)
    return { table: 'history_thing', name: 'id', condition: 'kind = $4::text::"char"', value: of.kind };
  const table = 'history_membership';
  if ('groupId' in of) return { table, name: 'member_id', condition: 'group_id = $4', value: of.groupId };
  if ('memberId' in of) return { table, name: 'group_id', condition: 'member_id = $4', value: of.memberId };
  return { table, name: 'group_id, member_id', condition: `$4::text is not null`, value: '' };
}

/** A membership by its two ends. */
export type Pair = { groupId: string; memberId: string };

export function isOf(of: Exclude<Of, { kind: Kind }>, { groupId, memberId }: Pair): boolean {
  if ('groupId' in of) return of.groupId === groupId;
  return 'memberId' in of ? of.memberId === memberId : true;
}

export function nameIn(of: Exclude<Of, { kind: Kind }>): (row: Pair) => string {
  if ('groupId' in of) return ({ memberId }) => memberId;
  return ({ groupId, memberId }) => ('memberId' in of ? groupId : `${groupId}:${memberId}`);
}

export function wantedBy({ order, after, before }: PageWish): (id: string) => boolean {
  const [low, high] = order === 'asc' ? [after, before] : [before, after];
  return (id) => (low === undefined || id > low) && (high === undefined || id < high);
}
