import type { Protocol } from '@app/delivery';
import type { Tx } from '@app/runtime';
import type { Destination } from '@app/tenancy';
import { ApiError } from './consumer/api-error.js';

/**
 * Two that make or move destinations of one organization follow each other, so that the second one sees what the first one did. What
 * there is has to be read in the same transaction, after this.
 * @param organizationId null: those that hear of every organization.
 */
export async function oneAfterAnother(tx: Tx, organizationId: string | null): Promise<void> {
  await tx.rows('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `destinations of ${organizationId}`,
  ]);
}

/**
 * Two that post the same to the same URL are a mistake, not a use.
 * @param others of the same organization; the one that is changed may be among them.
 * @throws ApiError 409 `duplicate_endpoint`
 */
export function refuseSameEndpoint(
  others: readonly Destination[],
  { protocol, settings, id }: { protocol: Protocol; settings: object; id?: string },
): void {
  const url = protocol.endpoint(settings);
  const same = others.find(
    (other) =>
      other.id !== id && other.protocol === protocol.name && protocol.endpoint(other.settings) === url,
  );
  if (!same) return;
  const message = `${same.id} has this URL already. Change that one, or delete it first.`;
  throw new ApiError(409, 'duplicate_endpoint', message);
}
