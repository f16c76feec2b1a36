/**
 * Reads by id that come in one turn of the event loop share one statement, as writes share a transaction: the answers of
 * a group commit, and requests that arrive together, cost one round trip between them.
 */
import type { Tx } from '@app/runtime';
import { loadGroups, type PlacedGroup } from './groups.js';
import { groupsOf, type ShownGroup } from './memberships.js';
import { loadUsers, type PlacedUser } from './users.js';

type Key = [directoryId: string, id: string];

export class SharedReads {
  private readonly users: Together<Key, PlacedUser>;
  private readonly groups: Together<Key, PlacedGroup>;
  private readonly groupsOfUsers: Together<string, ShownGroup[]>;

  /** @param database where single statements run; no transaction is needed to read one row. */
  constructor(database: Tx) {
    this.users = new Together(async (ids) =>
      byId(await loadUsers(database, { ids, userNameKeys: [], externalIds: [] })),
    );
    this.groups = new Together(async (keys) => byId(await loadGroups(database, keys)));
    this.groupsOfUsers = new Together((ids) => groupsOf(database, ids));
  }

  async user(directoryId: string, id: string): Promise<PlacedUser | undefined> {
    return inDirectory(directoryId, await this.users.get(id, [directoryId, id]));
  }

  async group(directoryId: string, id: string): Promise<PlacedGroup | undefined> {
    return inDirectory(directoryId, await this.groups.get(id, [directoryId, id]));
  }

  /** The groups that a person is in, directly or not. */
  async groupsOf(userId: string): Promise<ShownGroup[]> {
    return (await this.groupsOfUsers.get(userId, userId)) ?? [];
  }
}

/** Two directories may ask for one id in one turn; each must only ever see its own. */
function inDirectory<T extends { directoryId: string }>(
  directoryId: string,
  found: T | undefined,
): T | undefined {
  return found?.directoryId === directoryId ? found : undefined;
}

function byId<T extends { id: string }>(resources: T[]): Map<string, T> {
  return new Map(resources.map((resource) => [resource.id, resource]));
}

const KEYS_AT_MOST = 500;

class Together<Key, Value> {
  private waiting: { keys: Key[]; found: Promise<Map<string, Value>> } | undefined;

  constructor(private readonly load: (keys: Key[]) => Promise<Map<string, Value>>) {}

  /** @param name what the result is found by. */
  async get(name: string, key: Key): Promise<Value | undefined> {
    if (!this.waiting || this.waiting.keys.length >= KEYS_AT_MOST) {
      const keys: Key[] = [];
      const found = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
        if (this.waiting?.keys === keys) this.waiting = undefined;
        return this.load(keys);
      });
      this.waiting = { keys, found };
    }
    this.waiting.keys.push(key);
    return (await this.waiting.found).get(name);
  }
}
