/** How consumers see people: attribute mappings, role mappings, and the roles that follow. Pure. */
import {
  anything,
  count,
  described,
  either,
  flag,
  kind,
  listOf,
  mapOf,
  maybe,
  object,
  oneOf,
  text,
  type Schema,
} from '../shapes.js';

const applying = described(
  'How far people have been looked at after the last change; null when all have been.',
  maybe(object({ done: count, total: count })),
);

const rule = object(
  { name: described('As consumers see it, in `custom_attributes`.', text) },
  {
    path: described('A path of SCIM.', text),
    default: described('Of whoever has no value: any JSON.', anything),
    lowercase: flag,
    values: described('What each value becomes.', mapOf(anything)),
    fallback: described('What every other value becomes: any JSON.', anything),
    required: flag,
  },
);

const selector = either(object({ id: text }), object({ name: text }), object({ external_id: text }));
const roleRuleMembers = {
  group: described('By exactly one of the three.', selector),
  roles: described('The foremost first.', listOf(text)),
};
const roleRule = object(roleRuleMembers);

const previewed = {
  looked_at: described('Of how many people `would_change` speaks: a thousand at most.', count),
  would_change: count,
  after: described('The id to go on after; null when everybody was looked at.', maybe(text)),
};
const person = { id: text, user_name: described('As SCIM has it.', anything) };
const because = described(
  'Each rule that gives it, with the way from a group that the person is in directly to the one that the rule names.',
  listOf(
    object({
      rule: described(
        'Null: it is the default role.',
        maybe(object({ place: described('From 0.', count), ...roleRuleMembers })),
      ),
      groups: listOf(object({ id: text, name: maybe(text) })),
    }),
  ),
);

export const MAPPING: Readonly<Record<string, Schema>> = {
  AttributeMapping: kind('attribute_mapping', { directory_id: text, attributes: listOf(rule), applying }),
  AttributeMappingPreview: kind(
    'attribute_mapping_preview',
    {
      directory_id: text,
      people: listOf(
        object({
          ...person,
          attributes: described(
            'By the names of the mapping before and after.',
            mapOf(object({ before: anything, after: anything })),
          ),
          changes: flag,
          lacks: described('Required ones that they lack.', listOf(text)),
        }),
      ),
    },
    {
      ...previewed,
      lack_required: count,
      lacking: described(
        'The first hundred of them.',
        listOf(object({ ...person, attributes: listOf(text) })),
      ),
    },
  ),
  RoleMapping: kind(
    'role_mapping',
    { organization_id: text, rules: listOf(roleRule), default_role: maybe(text), applying },
    {
      directory_id: text,
      inherited: described("Of a directory: it goes by its organization's mapping.", flag),
    },
  ),
  RoleMappingPreview: kind(
    'role_mapping_preview',
    {
      directory_id: text,
      people: listOf(
        object({ ...person, roles: object({ before: listOf(text), after: listOf(text) }), changes: flag }),
      ),
    },
    previewed,
  ),
  DirectoryRole: kind('directory_role', { slug: text, users: count, active_users: count }),
  RoleHolder: kind('directory_role_holder', {
    slug: text,
    user: object({ ...person, state: oneOf('active', 'inactive') }),
    because,
  }),
  UserRole: kind('directory_user_role', { slug: text, because }),
};
