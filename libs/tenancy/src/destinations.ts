import { Injectable } from '@nestjs/common';
import { IsNull, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import { Clock, Database, newId, type Tx } from '@app/runtime';
import { DestinationSecrets, type OpenedSecret } from './destination-secrets.js';
import { Destination, type DestinationState } from './entities.js';
import { pageOf, type Page, type PageRequest } from './page.js';
import {
  findAmongProtocols,
  findEnabledBesides,
  findProtocolsInUse,
  findServed,
  type ServedDestination,
} from './served.js';

export interface NewDestination {
  /** `we` for webhook endpoints, `destination` for the others. */
  idPrefix: 'we' | 'destination';
  organizationId: string | null;
  protocol: string;
  settings: Record<string, unknown>;
  eventTypes: string[];
  filter?: Record<string, unknown>;
  delivery?: Record<string, unknown>;
  /** With what its requests are made; kept sealed. */
  request?: object | null;
}

export interface DestinationChange {
  settings?: Record<string, unknown>;
  eventTypes?: string[];
  filter?: Record<string, unknown>;
  delivery?: Record<string, unknown>;
  state?: DestinationState;
  /** Replaces it as a whole; null removes it. */
  request?: object | null;
}

@Injectable()
export class Destinations {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    readonly secrets: DestinationSecrets,
  ) {}

  async create(manager: EntityManager, wish: NewDestination): Promise<Destination> {
    const now = this.clock.now();
    const { idPrefix, request = null, ...rest } = wish;
    const destination = manager.create(Destination, {
      filter: {},
      delivery: {},
      ...rest,
      id: newId(idPrefix, now),
      requestSealed: this.sealedRequest(request),
      state: 'enabled',
      disabledReason: null,
      disabledAt: null,
      createdAt: now,
      updatedAt: now,
    });
    await manager.insert(Destination, destination as never);
    return destination;
  }

  /** @param manager of the transaction that may have changed it just now. */
  find(id: string, manager?: EntityManager): Promise<Destination | null> {
    const rows = manager?.getRepository(Destination) ?? this.database.repository(Destination);
    return withRequest(rows.createQueryBuilder('row')).where('row.id = :id', { id }).getOne();
  }

  /** With the secrets that live now, still sealed: one statement. @param tx that of the lease under which it is served. */
  served(id: string, tx: Tx = this.database): Promise<ServedDestination | null> {
    return findServed(tx, id, this.clock.now());
  }

  /** Newest first. @throws SealBroken with another secret key. */
  opened({ sealed }: ServedDestination): OpenedSecret[] {
    return sealed.map((row) => this.secrets.opened(row));
  }

  findMany(ids: string[]): Promise<Destination[]> {
    if (ids.length === 0) return Promise.resolve([]);
    return this.database
      .repository(Destination)
      .createQueryBuilder('row')
      .where('row.id = any(:ids)', { ids })
      .getMany();
  }

  /**
   * Those that events of these organizations may concern; read afresh, a person may just have changed one.
   * @returns the ones of these protocols, also those that are paused or disabled.
   */
  amongProtocols(organizationIds: string[], protocols: readonly string[]): Promise<Destination[]> {
    return findAmongProtocols(this.database, organizationIds, protocols);
  }

  /** The same, but the enabled ones of all other protocols. */
  enabledBesides(organizationIds: string[], protocols: readonly string[]): Promise<Destination[]> {
    return findEnabledBesides(this.database, organizationIds, protocols);
  }

  /** @returns those of these protocols that any destination has. */
  protocolsInUse(protocols: readonly string[], tx: Tx = this.database): Promise<string[]> {
    return findProtocolsInUse(tx, protocols);
  }

  list(filter: { protocol?: string; notProtocol?: string }, page: PageRequest): Promise<Page<Destination>> {
    const query = withRequest(this.database.repository(Destination).createQueryBuilder('row')).where('true');
    if (filter.protocol) query.andWhere('row.protocol = :protocol', filter);
    if (filter.notProtocol) query.andWhere('row.protocol <> :notProtocol', filter);
    return pageOf(query, page);
  }

  /** @returns the destination as it is afterwards, or null when there is none of this id. */
  async change(id: string, change: DestinationChange, manager?: EntityManager): Promise<Destination | null> {
    const rows = manager?.getRepository(Destination) ?? this.database.repository(Destination);
    const { request, ...plain } = change;
    const sealed = request === undefined ? {} : { requestSealed: this.sealedRequest(request) };
    const now = this.clock.now();
    const changed = { ...plain, ...sealed, ...reasonFor(change.state, now), updatedAt: now };
    await rows.update({ id }, changed as never);
    return this.find(id, manager);
  }

  /** Those of one organization; with null, those that hear of every organization. @param manager of a transaction to read them in. */
  ofOrganization(organizationId: string | null, manager?: EntityManager): Promise<Destination[]> {
    const rows = manager?.getRepository(Destination) ?? this.database.repository(Destination);
    return rows.findBy({ organizationId: organizationId ?? IsNull() });
  }

  async remove(id: string): Promise<boolean> {
    const { affected } = await this.database.repository(Destination).delete({ id });
    return (affected ?? 0) > 0;
  }

  /**
   * With what the destination's requests are made, as it was given; `{}` when there is nothing of its own.
   * @throws SealBroken with another secret key.
   */
  requestOf({ requestSealed }: Destination): object {
    return requestSealed ? (JSON.parse(this.secrets.open(requestSealed)) as object) : {};
  }

  private sealedRequest(request: object | null): string | null {
    return request === null ? null : this.secrets.seal(JSON.stringify(request));
  }
}

function withRequest(query: SelectQueryBuilder<Destination>): SelectQueryBuilder<Destination> {
  return query.addSelect('row.requestSealed');
}

/** A person did it. Whoever disables what is disabled already has the last word on why. */
function reasonFor(
  state: DestinationState | undefined,
  now: Date,
): Pick<Destination, 'disabledReason' | 'disabledAt'> | undefined {
  if (state === undefined) return undefined;
  return state === 'enabled'
    ? { disabledReason: null, disabledAt: null }
    : { disabledReason: 'manual', disabledAt: now };
}
