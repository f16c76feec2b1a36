/** The counts and the digest of what consumers know, computed where the rows are, in one statement. */
import { Statement, type Tx } from '@app/runtime';
import { IS_KNOWN, KNOWN_MEMBERSHIPS } from './known.js';

export const KINDS = ['users', 'groups', 'memberships'] as const;
export type Kind = (typeof KINDS)[number];

/** How many there are, and the sum of their lines' hashes modulo 2^64. */
export interface Sum {
  count: number;
  sum: bigint;
}

/** The first eight bytes of the SHA-256 of a text, as PostgreSQL's signed 64-bit number: the same modulo 2^64. */
const hashed = (text: string): string =>
  `('x' || encode(substring(sha256(convert_to(${text}, 'UTF8')) from 1 for 8), 'hex'))::bit(64)::bigint`;
/** `updated_at` as consumers see it. */
const told = (row: string): string =>
  `to_char(coalesce(${row}.told_at, ${row}.last_modified) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const SUMS = new Statement(
  'digest-of-directories',
  `select 'users' as kind, count(*) as count, sum(${hashed(`E'user\\n' || u.id || E'\\n' || ${told('u')}`)})::text as sum
     from scim_user u where ${IS_KNOWN}
   union all
   select 'groups', count(*), sum(${hashed(`E'group\\n' || g.id || E'\\n' || ${told('g')}`)})::text
     from scim_group g where g.directory_id = any($1)
   union all
   select 'memberships', count(*), sum(${hashed(`E'membership\\n' || m.group_id || E'\\n' || m.member_id`)})::text
     from ${KNOWN_MEMBERSHIPS}`,
);

/** @returns sums that may be negative or too large: only what they are modulo 2^64 counts. */
export async function sumsOf(tx: Tx, directoryIds: string[]): Promise<Record<Kind, Sum>> {
  const rows = await tx.rows<{ kind: Kind; count: number; sum: string | null }>(SUMS, [directoryIds]);
  const sums = rows.map(({ kind, count, sum }) => [kind, { count, sum: BigInt(sum ?? 0) }]);
  return Object.fromEntries(sums) as Record<Kind, Sum>;
}
