/** Whether somebody may sign in, from all who go by the name that they gave. Pure. */
import { isActive } from '@app/directory';
import type { PlacedUser } from '@app/projections';

export type Verdict =
  | { decision: 'allow'; reason: 'active'; user: PlacedUser }
  | { decision: 'deny'; reason: 'deactivated'; user: PlacedUser | null }
  | { decision: 'deny'; reason: 'ambiguous'; candidates: string[] }
  | { decision: 'unknown' };

/**
 * Whoever is active in one directory may sign in, also when another directory of the organization has them as inactive: that is
 * how people move from one identity provider to the next. Two active people in one directory who share an address cannot be told
 * apart by it.
 * @param found in the order of their directories, of which the earlier counts more.
 */
export function verdictOn(found: readonly PlacedUser[]): Verdict {
  const active = found.filter(isActive);
  const [first] = active;
  if (first) {
    const same = active.filter(({ directoryId }) => directoryId === first.directoryId);
    if (same.length === 1) return { decision: 'allow', reason: 'active', user: first };
    return { decision: 'deny', reason: 'ambiguous', candidates: same.map(({ id }) => id) };
  }
  if (found.length === 0) return { decision: 'unknown' };
  // Consumers were told that whoever is concealed is gone.
  const user = found.find(({ concealed }) => !concealed) ?? null;
  return { decision: 'deny', reason: 'deactivated', user };
}
