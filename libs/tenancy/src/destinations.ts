import { Injectable } from '@nestjs/common';
import { IsNull, type EntityManager } from 'typeorm';
import { Clock, Database, newId, Sealing } from '@app/runtime';
import { Destination, type DestinationState } from './entities.js';
import { pageOf, type Page, type PageRequest } from './page.js';

export interface NewDestination {
  /** `we` for webhook endpoints, `destination` for the others. */
  idPrefix: 'we' | 'destination';
  organizationId: string | null;
  protocol: string;
  settings: Record<string, unknown>;
  /** Kept sealed. */
  secret: string | null;
  eventTypes: string[];
  filter?: Record<string, unknown>;
  delivery?: Record<string, unknown>;
}

export interface DestinationChange {
  settings?: Record<string, unknown>;
  eventTypes?: string[];
  filter?: Record<string, unknown>;
  delivery?: Record<string, unknown>;
  state?: DestinationState;
}

@Injectable()
export class Destinations {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly sealing: Sealing,
  ) {}

  async create(manager: EntityManager, wish: NewDestination): Promise<Destination> {
    const now = this.clock.now();
    const { idPrefix, secret, ...rest } = wish;
    const destination = manager.create(Destination, {
      filter: {},
      delivery: {},
      ...rest,
      id: newId(idPrefix, now),
      secretSealed: secret === null ? null : this.sealing.seal(secret),
      state: 'enabled',
      createdAt: now,
      updatedAt: now,
    });
    await manager.insert(Destination, destination as never);
    return destination;
  }

  find(id: string): Promise<Destination | null> {
    return this.database.repository(Destination).findOneBy({ id });
  }

  findMany(ids: string[]): Promise<Destination[]> {
    if (ids.length === 0) return Promise.resolve([]);
    return this.database
      .repository(Destination)
      .createQueryBuilder('row')
      .where('row.id = any(:ids)', { ids })
      .getMany();
  }

  /** The enabled ones that events of these organizations may concern; read afresh, a person may just have changed one. */
  concernedBy(organizationIds: string[]): Promise<Destination[]> {
    return this.database
      .repository(Destination)
      .createQueryBuilder('row')
      .where("row.state = 'enabled'")
      .andWhere('(row.organizationId is null or row.organizationId = any(:organizationIds))', {
        organizationIds,
      })
      .getMany();
  }

  list(filter: { protocol?: string; notProtocol?: string }, page: PageRequest): Promise<Page<Destination>> {
    const query = this.database.repository(Destination).createQueryBuilder('row').where('true');
    if (filter.protocol) query.andWhere('row.protocol = :protocol', filter);
    if (filter.notProtocol) query.andWhere('row.protocol <> :notProtocol', filter);
    return pageOf(query, page);
  }

  /** @returns the destination as it is afterwards, or null when there is none of this id. */
  async change(id: string, change: DestinationChange, manager?: EntityManager): Promise<Destination | null> {
    const rows = manager?.getRepository(Destination) ?? this.database.repository(Destination);
    await rows.update({ id }, { ...change, updatedAt: this.clock.now() } as never);
    return rows.findOneBy({ id });
  }

  /** Those of one organization; with null, those that hear of every organization. */
  ofOrganization(organizationId: string | null): Promise<Destination[]> {
    return this.database.repository(Destination).findBy({ organizationId: organizationId ?? IsNull() });
  }

  async remove(id: string): Promise<boolean> {
    const { affected } = await this.database.repository(Destination).delete({ id });
    return (affected ?? 0) > 0;
  }

  /** The destination's secret in clear, or null when it has none. @throws SealBroken with another secret key. */
  secretOf(destination: Destination): string | null {
    return destination.secretSealed === null ? null : this.sealing.open(destination.secretSealed);
  }
}
