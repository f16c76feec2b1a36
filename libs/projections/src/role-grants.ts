/** Why people have their roles: which rule gives them, through which groups. */
import { NO_ROLE_MAPPING, type RoleMapping, type RoleRule } from '@app/directory';
import { Statement, type Tx } from '@app/runtime';
import { granting, IN_FORCE } from './roles.js';

export interface NamedGroup {
  id: string;
  name: string | null;
}

/** A rule that applies to a person. */
export interface Grant {
  /** Of the rule, from 0. */
  place: number;
  /** From the group that the person is in directly to the one that the rule names: one of the shortest ways. */
  groups: NamedGroup[];
}

/** The groups that each rule reaches, and through which group they are reached; by a null those that a rule names. */
const REACH = new Statement(
  'role-reach',
  `with ${granting(IN_FORCE)}
   select null as place, null as group_id, null as via, null as name, rules, default_role from mapping
   union all
   select r.place, r.group_id, r.via, g.attributes ->> 'displayName', null, null
     from granting r left join scim_group g on g.directory_id = r.directory_id and g.id = r.group_id`,
);

interface ReachRow {
  place: number | null;
  group_id: string;
  via: string | null;
  name: string | null;
  rules: RoleRule[] | null;
  default_role: string | null;
}

const DIRECT = new Statement(
  'direct-groups-among',
  `select own.member_id, own.group_id from unnest($1::text[]) as wanted
    cross join lateral (select member_id, group_id from membership where member_id = wanted offset 0) as own
    where own.group_id = any($2)`,
);

export interface Grants {
  mapping: RoleMapping;
  /** By person; empty where no rule applies. In the order of the rules. */
  grants: Map<string, Grant[]>;
}

/** By the memberships of this moment. Two statements, however many people are asked about. */
export async function grantsOf(tx: Tx, directoryId: string, userIds: readonly string[]): Promise<Grants> {
  const rows = await tx.rows<ReachRow>(REACH, [directoryId]);
  const found = rows.find(({ place }) => place === null);
  const mapping = found?.rules ? { rules: found.rules, defaultRole: found.default_role } : NO_ROLE_MAPPING;
  const ways = waysOf(rows.filter(({ place }) => place !== null));
  const groupIds = [...new Set(rows.flatMap(({ group_id }) => group_id ?? []))];
  const direct = await tx.rows<{ member_id: string; group_id: string }>(DIRECT, [userIds, groupIds]);
  const grants = new Map<string, Grant[]>(userIds.map((id) => [id, []]));
  for (const [place, chains] of ways) {
    const best = new Map<string, NamedGroup[]>();
    for (const { member_id, group_id } of direct) {
      const chain = chains.get(group_id);
      const known = best.get(member_id);
      if (chain && (!known || isShorter(chain, known))) best.set(member_id, chain);
    }
    for (const [id, groups] of best) grants.get(id)?.push({ place, groups });
  }
  return { mapping, grants };
}

/** For each rule the shortest way from each group that it reaches, itself first. */
function waysOf(rows: ReachRow[]): Map<number, Map<string, NamedGroup[]>> {
  const places = [...new Set(rows.map(({ place }) => place!))].sort((a, b) => a - b);
  return new Map(places.map((place) => [place, chainsIn(rows.filter((row) => row.place === place))]));
}

function chainsIn(edges: ReachRow[]): Map<string, NamedGroup[]> {
  const inOrder = [...edges].sort((a, b) => (a.group_id < b.group_id ? -1 : 1));
  const inner = new Map<string | null, ReachRow[]>();
  for (const edge of inOrder) inner.set(edge.via, [...(inner.get(edge.via) ?? []), edge]);
  const chains = new Map<string, NamedGroup[]>();
  // Those that the rule names, then those in them, and so on: the first way to a group is a shortest one, and circles end.
  for (let outer: (string | null)[] = [null]; outer.length > 0;) {
    const reached: string[] = [];
    for (const via of outer) {
      for (const { group_id: id, name } of inner.get(via) ?? []) {
        if (chains.has(id)) continue;
        chains.set(id, [{ id, name }, ...(via === null ? [] : chains.get(via)!)]);
        reached.push(id);
      }
    }
    outer = reached;
  }
  return chains;
}

function isShorter(a: NamedGroup[], b: NamedGroup[]): boolean {
  return a.length === b.length ? a[0]!.id < b[0]!.id : a.length < b.length;
}
