/** Destinations as those read them who serve them, many times a second: one plain statement each. */
import { Statement, type Tx } from '@app/runtime';
import type { Destination } from './entities.js';
import type { DestinationSecret } from './secret-entities.js';

/** With the secrets that live now, newest first, still sealed. */
export interface ServedDestination {
  destination: Destination;
  sealed: DestinationSecret[];
}

const COLUMNS = `d.id, d.organization_id as "organizationId", d.protocol, d.settings, d.event_types as "eventTypes", d.state,
  d.disabled_reason as "disabledReason", d.disabled_at as "disabledAt", d.filter, d.delivery,
  d.created_at as "createdAt", d.updated_at as "updatedAt"`;

const SERVED = new Statement(
  'destination-served',
  `select ${COLUMNS}, d.request_sealed as "requestSealed",
          (select coalesce(json_agg(s order by s.ordinal desc), '[]')
             from (select id, ordinal, kind, value_sealed as "valueSealed", public_jwk as "publicJwk",
                          created_at as "createdAt", expires_at as "expiresAt"
                     from destination_secret
                    where destination_id = d.id and (expires_at is null or expires_at > $2)) as s) as sealed
     from destination d where d.id = $1`,
);

const CONCERNED = 'd.organization_id is null or d.organization_id = any($1)';

const AMONG = new Statement(
  'destinations-among-protocols',
  `select ${COLUMNS} from destination d where d.protocol = any($2) and (${CONCERNED})`,
);

const BESIDES = new Statement(
  'destinations-enabled-besides',
  `select ${COLUMNS} from destination d where d.state = 'enabled' and d.protocol <> all($2) and (${CONCERNED})`,
);

const IN_USE = new Statement(
  'protocols-in-use',
  `select p.name from unnest($1::text[]) as p(name)
    where exists (select from destination d where d.protocol = p.name)`,
);

export async function findServed(tx: Tx, id: string, now: Date): Promise<ServedDestination | null> {
  const [row] = await tx.rows<Destination & { sealed: InJson[] }>(SERVED, [id, now]);
  if (!row) return null;
  const { sealed, ...destination } = row;
  return { destination, sealed: sealed.map((secret) => fromJson(secret, id)) };
}

/** Of all organizations, and of these. */
export function findAmongProtocols(
  tx: Tx,
  organizationIds: string[],
  protocols: readonly string[],
): Promise<Destination[]> {
  return tx.rows(AMONG, [organizationIds, protocols]);
}

/** Of all organizations, and of these. */
export function findEnabledBesides(
  tx: Tx,
  organizationIds: string[],
  protocols: readonly string[],
): Promise<Destination[]> {
  return tx.rows(BESIDES, [organizationIds, protocols]);
}

export async function findProtocolsInUse(tx: Tx, protocols: readonly string[]): Promise<string[]> {
  return (await tx.rows<{ name: string }>(IN_USE, [protocols])).map(({ name }) => name);
}

type InJson = Omit<DestinationSecret, 'destinationId' | 'createdAt' | 'expiresAt'> & {
  createdAt: string;
  expiresAt: string | null;
};

function fromJson(row: InJson, destinationId: string): DestinationSecret {
  const expiresAt = row.expiresAt === null ? null : new Date(row.expiresAt);
  return { ...row, destinationId, createdAt: new Date(row.createdAt), expiresAt };
}
