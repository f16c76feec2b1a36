import type { Tx } from '@app/runtime';
import type { Destination, Destinations } from '@app/tenancy';
import { ApiError, notFound } from './consumer/api-error.js';

/** The destination of this id, whatever its protocol. @throws ApiError 404 */
export async function foundDestination(destinations: Destinations, id: string): Promise<Destination> {
  const destination = await destinations.find(id);
  if (!destination) throw notFound('Destination', id);
  return destination;
}

/** Holds a destination that is to be changed by what was read of it. @throws ApiError 409 when somebody has changed it since */
export async function holdUnchanged(tx: Tx, { id, updatedAt }: Destination): Promise<void> {
  const [row] = await tx.rows<{ updated_at: Date }>(
    'select updated_at from destination where id = $1 for no key update',
    [id],
  );
  if (!row || row.updated_at.getTime() === updatedAt.getTime()) return;
  const message = `'${id}' was changed by somebody else at this moment. Nothing was done; send the same request again.`;
  throw new ApiError(409, 'changed_meanwhile', message);
}
