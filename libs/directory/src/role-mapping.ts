/** Which roles a person's groups give them. */

/** Exactly one of the three; a name in any case, and all groups that have it. */
export type GroupSelector = { id: string } | { name: string } | { external_id: string };

export interface RoleRule {
  group: GroupSelector;
  /** Slugs, the foremost first. */
  roles: readonly string[];
  /** The name as groups are found by it; `keyed` fills it in. */
  name_key?: string;
}

/** The rule as it is stored and looked up by. Lower case is made here, as it is for the groups: PostgreSQL's depends on its locale. */
export function keyed(rule: RoleRule): RoleRule {
  return 'name' in rule.group ? { ...rule, name_key: rule.group.name.toLowerCase() } : rule;
}

/** Its rules in order. A JSON value: it is stored as it is. */
export interface RoleMapping {
  rules: readonly RoleRule[];
  /** For whoever is in no group that a rule names; null: no role. */
  defaultRole: string | null;
}

export const NO_ROLE_MAPPING: RoleMapping = { rules: [], defaultRole: null };

/**
 * The roles of a person, without repetition: those of the first rule that applies come first, and its first role is the role.
 * @param places the rules that apply, counted from 0, in any order.
 */
export function rolesBy({ rules, defaultRole }: RoleMapping, places: Iterable<number>): string[] {
  const inOrder = [...new Set(places)].sort((a, b) => a - b);
  const roles = new Set(inOrder.flatMap((place) => rules[place]?.roles ?? []));
  if (roles.size === 0 && defaultRole !== null) return [defaultRole];
  return [...roles];
}
