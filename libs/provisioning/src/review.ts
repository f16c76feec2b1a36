/** People are looked at again: the rules of their directory are others, or their groups. Who looks the same has no event. */
import { decideRemapping, decideRoles, NO_RULES, type User, type UserEvent } from '@app/directory';
import { AssignRoles, type Review, type Reviewed } from './commands.js';
import { bare, type World } from './world.js';

export function review(world: World, write: Review): Reviewed {
  const { origin, ids } = write;
  const directoryId = origin.directory.id;
  const rules = world.rules.get(directoryId) ?? NO_RULES;
  const decide = (user: User): UserEvent[] =>
    write instanceof AssignRoles
      ? decideRoles(user, world.roles.get(user.id) ?? [], world.now)
      : decideRemapping(user, rules.attributes, world.now);
  let changed = 0;
  for (const id of new Set(ids)) {
    const user = world.user(directoryId, id);
    const events = user ? decide(bare(user)) : [];
    if (events.length === 0) continue;
    changed += 1;
    const requestId = (write instanceof AssignRoles ? write.causes.get(id) : undefined) ?? origin.requestId;
    world.recordUser({ ...origin, requestId }, user, events);
  }
  return { changed };
}
