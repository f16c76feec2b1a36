/** The rules that a transaction decides by: those in force, whatever its requests came with. */
import { NO_RULES } from '@app/directory';
import type { DirectoryHead } from '@app/event-log';
import { loadDirectoryRules, rolesOf } from '@app/projections';
import type { Tx } from '@app/runtime';
import { AssignRoles, type Task } from './commands.js';
import type { World } from './world.js';

/**
 * No statement where the requests came with the rules in force, or there never were any. Those who came with old ones, within a second
 * of a change, cost one.
 * @param heads as loaded under the directories' locks: they say which rules are in force.
 */
export async function learnRules(
  tx: Tx,
  world: World,
  { writes, heads }: { writes: Task[]; heads: Map<string, DirectoryHead> },
): Promise<void> {
  const old = new Set<string>();
  for (const { origin } of writes) {
    const { id, rules = NO_RULES } = origin.directory;
    if (rules.version === heads.get(id)?.rulesVersion) world.rules.set(id, rules);
    else old.add(id);
  }
  const unknown = [...old].filter((id) => !world.rules.has(id));
  for (const [id, rules] of await loadDirectoryRules(tx, unknown)) world.rules.set(id, rules);
}

/** By what is written already: nobody else writes to these directories meanwhile. */
export async function loadRoles(tx: Tx, world: World, writes: Task[]): Promise<void> {
  for (const write of writes) {
    if (!(write instanceof AssignRoles)) continue;
    const found = await rolesOf(tx, write.origin.directory.id, write.ids);
    for (const [id, roles] of found) world.roles.set(id, roles);
  }
}
