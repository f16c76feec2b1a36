/** The key that a destination's tokens will be signed with is published before anything is. */
import { SIGNING_ALGORITHMS, type Destination, type SigningKeys } from '@app/tenancy';

/** What fails here is made up for by the first signature. */
export async function publishKeyOf(
  keys: SigningKeys,
  { settings }: Pick<Destination, 'settings'>,
): Promise<void> {
  const algorithm = SIGNING_ALGORITHMS.find((name) => name === settings['signing_algorithm']);
  if (algorithm) await keys.ensure(algorithm).catch(() => undefined);
}
