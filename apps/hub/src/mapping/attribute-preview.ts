/** What a mapping would make of people, shown before it is set. Reads, and changes nothing. */
import { lacking, mapped, publishedUser, type AttributeRule, type User } from '@app/directory';
import { knownPeople, loadUsers } from '@app/projections';
import type { Database } from '@app/runtime';
import { equal, type Json } from '@app/scim';
import type { Directory } from '@app/tenancy';

/** However few are shown: so much is read, and no more. */
const LOOKED_AT_MOST = 1_000;
const SHOWN_USUALLY = 10;
const LACKING_SHOWN_AT_MOST = 100;

export interface PreviewWish {
  directory: Directory;
  rules: AttributeRule[];
  limit?: number | undefined;
  after?: string | undefined;
}

interface Seen {
  id: string;
  user_name: Json;
  /** By the names of the mapping before and after. */
  attributes: Record<string, { before: Json; after: Json }>;
  changes: boolean;
  /** The required ones that they lack. */
  lacks: string[];
}

/** @returns undefined when the directory has no such person. */
export async function previewOfUser(
  database: Database,
  userId: string,
  { directory, rules }: PreviewWish,
): Promise<Seen | undefined> {
  const [user] = await loadUsers(database, byIds(directory, [userId]));
  return user && !user.concealed ? seen(user, { directory, rules }) : undefined;
}

/** The first people after a place, and of up to a thousand of them how many would change and who lacks what is required. */
export async function previewOfPeople(
  database: Database,
  { directory, rules, limit = SHOWN_USUALLY, after = '' }: PreviewWish,
): Promise<object> {
  const wish = { directoryId: directory.id, after, limit: LOOKED_AT_MOST + 1 };
  const found = await knownPeople(database, wish);
  const ids = found.slice(0, LOOKED_AT_MOST);
  const users = await loadUsers(database, byIds(directory, ids));
  const people = users.sort((a, b) => (a.id < b.id ? -1 : 1)).map((user) => seen(user, { directory, rules }));
  const without = people.filter(({ lacks }) => lacks.length > 0);
  return {
    people: people.slice(0, limit),
    looked_at: people.length,
    would_change: people.filter(({ changes }) => changes).length,
    lack_required: without.length,
    lacking: without
      .slice(0, LACKING_SHOWN_AT_MOST)
      .map(({ id, user_name, lacks }) => ({ id, user_name, attributes: lacks })),
    after: found.length > ids.length ? ids.at(-1)! : null,
  };
}

function byIds({ id }: Directory, ids: string[]): Parameters<typeof loadUsers>[1] {
  return { ids: ids.map((each) => [id, each]), userNameKeys: [], externalIds: [] };
}

function seen(user: User, { directory, rules }: PreviewWish): Seen {
  const { custom: _before, ...bare } = user;
  const custom = mapped(rules, user.attributes);
  const [before, after] = [user, { ...bare, ...(custom ? { custom } : {}) }].map((each) =>
    attributesOf(each, directory),
  ) as [Shown, Shown];
  const named = [...rules.map(({ name }) => name), ...Object.keys(user.custom ?? {})];
  const attributes = [...new Set(named)].map((name) => [
    name,
    { before: before[name] ?? null, after: after[name] ?? null },
  ]);
  const active = user.attributes['active'] !== false;
  return {
    id: user.id,
    user_name: user.attributes['userName'] ?? null,
    attributes: Object.fromEntries(attributes),
    changes: [...new Set([...Object.keys(before), ...Object.keys(after)])].some(
      (name) => !equal(before[name] ?? null, after[name] ?? null),
    ),
    lacks: active ? lacking(rules, user.attributes).map(({ name }) => name) : [],
  };
}

type Shown = { [name: string]: Json };

function attributesOf(user: User, { id, organizationId }: Directory): Shown {
  return publishedUser(user, { directoryId: id, organizationId })['custom_attributes'] as Shown;
}
