import { Injectable } from '@nestjs/common';
import { In, QueryFailedError, type EntityManager } from 'typeorm';
import { Clock, Database, newId } from '@app/runtime';
import { Organization } from './organization-entities.js';
import { pageOf, type Page, type PageRequest } from './page.js';

/** What an application says of an organization. */
export interface OrganizationSettings {
  name: string;
  allowProfilesOutsideOrganization: boolean;
  externalId: string | null;
  stripeCustomerId: string | null;
  metadata: Record<string, string>;
}

export interface OrganizationFilter {
  /** Has any of these, in whatever state. */
  domains?: string[] | undefined;
  /** A part of the name, in any case. */
  search?: string | undefined;
}

/** What one organization is known by is another's already. */
export class OrganizationIdTaken extends Error {
  constructor(readonly field: 'external_id' | 'stripe_customer_id') {
    super(`Another organization has this ${field}`);
    this.name = 'OrganizationIdTaken';
  }
}

/** It has directories. */
export class OrganizationInUse extends Error {
  constructor(readonly id: string) {
    super(`Organization ${id} was given a directory while it was being deleted`);
    this.name = 'OrganizationInUse';
  }
}

const UNIQUE = {
  external_id_of_an_organization_is_unique: 'external_id',
  stripe_customer_of_an_organization_is_unique: 'stripe_customer_id',
} as const;
const FOREIGN_KEY_VIOLATION = '23503';

@Injectable()
export class Organizations {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** One that nobody is told of: its first event is the one of whoever makes it in a transaction of their own. */
  create(name: string): Promise<Organization> {
    return this.database.transaction((_tx, manager) => this.insert(manager, { name }));
  }

  /** @throws OrganizationIdTaken */
  async insert(
    manager: EntityManager,
    wish: Pick<OrganizationSettings, 'name'> & Partial<OrganizationSettings>,
  ): Promise<Organization> {
    const now = this.clock.now();
    const organization = manager.create(Organization, {
      allowProfilesOutsideOrganization: false,
      externalId: null,
      stripeCustomerId: null,
      metadata: {},
      ...wish,
      id: newId('org', now),
      createdAt: now,
      updatedAt: now,
    });
    await asTaken(() => manager.insert(Organization, organization as never));
    return organization;
  }

  find(id: string): Promise<Organization | null> {
    return this.database.repository(Organization).findOneBy({ id });
  }

  findByExternalId(externalId: string): Promise<Organization | null> {
    return this.database.repository(Organization).findOneBy({ externalId });
  }

  findMany(ids: string[]): Promise<Organization[]> {
    if (ids.length === 0) return Promise.resolve([]);
    return this.database.repository(Organization).findBy({ id: In(ids) });
  }

  list({ domains = [], search }: OrganizationFilter, page: PageRequest): Promise<Page<Organization>> {
    const query = this.database.repository(Organization).createQueryBuilder('row').where('true');
    if (search) query.andWhere('strpos(lower(row.name), lower(:search)) > 0', { search });
    if (domains.length > 0) {
      query.andWhere(
        'row.id in (select organization_id from organization_domain where domain = any(:domains))',
        { domains },
      );
    }
    return pageOf(query, page);
  }

  /** Two changes of one organization, or of what it has, follow each other. */
  locked(manager: EntityManager, id: string): Promise<Organization | null> {
    return manager.findOne(Organization, { where: { id }, lock: { mode: 'pessimistic_write' } });
  }

  /** @returns what is different now. @throws OrganizationIdTaken */
  async change(
    manager: EntityManager,
    organization: Organization,
    change: Partial<OrganizationSettings>,
  ): Promise<Organization> {
    const updatedAt = later(this.clock.now(), organization.updatedAt);
    const { id } = organization;
    await asTaken(() => manager.update(Organization, { id }, { ...change, updatedAt } as never));
    return manager.create(Organization, { ...organization, ...change, updatedAt });
  }

  /** @throws OrganizationInUse while it still has directories. */
  async remove(manager: EntityManager, id: string): Promise<void> {
    try {
      await manager.delete(Organization, { id });
    } catch (error) {
      if (driverErrorOf(error).code === FOREIGN_KEY_VIOLATION) throw new OrganizationInUse(id);
      throw error;
    }
  }

  count(): Promise<number> {
    return this.database.repository(Organization).count();
  }
}

/** Consumers drop what is not newer than what they know, so it grows with each change whatever the clock says. */
export function later(now: Date, before: Date): Date {
  return now > before ? now : new Date(before.getTime() + 1);
}

/** The constraint that a statement ran into, PostgreSQL's code for that, and what it says of the row. */
export function driverErrorOf(error: unknown): { code?: string; constraint?: string; detail?: string } {
  return error instanceof QueryFailedError ? (error.driverError as { code?: string }) : {};
}

async function asTaken<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const field = UNIQUE[driverErrorOf(error).constraint as keyof typeof UNIQUE];
    throw field ? new OrganizationIdTaken(field) : error;
  }
}
