/**
 * Whoever came by signing in, before any identity provider told of them, is the one whom SCIM then creates: the same person, with the
 * id that the application knows already, and no second one beside them.
 */
import { userNameKey } from '@app/directory';
import type { PlacedUser } from '@app/projections';
import type { Attributes } from '@app/scim';
import type { CreateUser, Origin } from './commands.js';
import { keyOf, type World } from './world.js';

/**
 * @returns whom the creation means: the one who holds its `externalId` or its `userName`, if nobody else holds either. Undefined
 * for a creation whose id is settled, as others in the same request name it.
 */
export function adoptedBy(
  world: World,
  { directory }: Origin,
  { attributes, creation }: Pick<CreateUser, 'attributes' | 'creation'>,
): PlacedUser | undefined {
  if (creation.origin !== undefined || creation.id !== undefined) return undefined;
  const holders = new Set(holdersOf(world, directory.id, attributes));
  const [only] = holders;
  const user = holders.size === 1 ? world.user(directory.id, only!) : undefined;
  return user?.origin ? user : undefined;
}

/** The ids of those who hold a name of these. */
export function holdersOf(world: World, directoryId: string, attributes: Attributes): string[] {
  const { externalId } = attributes;
  const byName = world.userNames.get(keyOf(directoryId, userNameKey(attributes)));
  const byId =
    typeof externalId === 'string' ? world.externalIds.get(keyOf(directoryId, externalId)) : undefined;
  return [byName, byId].filter((id) => id !== undefined);
}
