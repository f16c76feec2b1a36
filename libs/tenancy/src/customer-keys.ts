/** Keys that the customers of an application show to it. They are told apart from Rollcall's own by their table. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock, Database, newId } from '@app/runtime';
import { hashOf, newCredential } from './credentials.js';
import { LimitReached } from './limit-reached.js';
import { CustomerKey } from './organization-entities.js';
import { later } from './organizations.js';
import { pageOf, type Page, type PageRequest } from './page.js';

export const KEYS_OF_AN_ORGANIZATION_AT_MOST = 1_000;

export interface NewCustomerKey {
  organizationId: string;
  name: string;
  permissions: string[];
  expiresAt: Date | null;
}

@Injectable()
export class CustomerKeys {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Under the organization's lock. @returns the secret too, which is not kept. @throws LimitReached */
  async insert(manager: EntityManager, wish: NewCustomerKey): Promise<{ key: CustomerKey; secret: string }> {
    const { organizationId } = wish;
    if ((await manager.countBy(CustomerKey, { organizationId })) >= KEYS_OF_AN_ORGANIZATION_AT_MOST)
      throw new LimitReached(
        'API keys of one organization',
        KEYS_OF_AN_ORGANIZATION_AT_MOST,
        'Delete one that is not used any more.',
      );
    const { secret, hash: keyHash, suffix } = newCredential('sk_');
    const now = this.clock.now();
    const key = manager.create(CustomerKey, {
      ...wish,
      ...{ id: newId('api_key', now), keyHash, suffix, lastUsedAt: null, createdAt: now, updatedAt: now },
    });
    await manager.insert(CustomerKey, key);
    return { key, secret };
  }

  find(id: string): Promise<CustomerKey | null> {
    return this.database.repository(CustomerKey).findOneBy({ id });
  }

  list(organizationId: string, page: PageRequest): Promise<Page<CustomerKey>> {
    const query = this.database.repository(CustomerKey).createQueryBuilder('row');
    return pageOf(query.where('row.organizationId = :organizationId', { organizationId }), page);
  }

  /** Two changes at once follow each other. */
  locked(manager: EntityManager, id: string): Promise<CustomerKey | null> {
    return manager.findOne(CustomerKey, { where: { id }, lock: { mode: 'pessimistic_write' } });
  }

  async expire(manager: EntityManager, key: CustomerKey, expiresAt: Date | null): Promise<CustomerKey> {
    const updatedAt = later(this.clock.now(), key.updatedAt);
    await manager.update(CustomerKey, { id: key.id }, { expiresAt, updatedAt });
    return manager.create(CustomerKey, { ...key, expiresAt, updatedAt });
  }

  async remove(manager: EntityManager, id: string): Promise<void> {
    await manager.delete(CustomerKey, { id });
  }

  /** @returns the key of this value, while it is good; null for everything else. */
  async valid(value: string): Promise<CustomerKey | null> {
    const key = await this.database.repository(CustomerKey).findOneBy({ keyHash: hashOf(value) });
    return key && !isOver(key, this.clock.now()) ? key : null;
  }

  /** @param uses by id; one statement for all of them, and a later use that is known already stands. */
  async used(uses: ReadonlyMap<string, Date>): Promise<void> {
    await this.database.rows(
      `update customer_key k set last_used_at = greatest(k.last_used_at, u.at)
         from unnest($1::text[], $2::timestamptz[]) as u(id, at) where k.id = u.id`,
      [[...uses.keys()], [...uses.values()]],
    );
  }
}

export function isOver({ expiresAt }: Pick<CustomerKey, 'expiresAt'>, now: Date): boolean {
  return expiresAt !== null && expiresAt <= now;
}
