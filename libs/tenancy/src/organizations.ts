import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { Clock, Database, newId } from '@app/runtime';
import { Organization } from './entities.js';

@Injectable()
export class Organizations {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async create(name: string): Promise<Organization> {
    const now = this.clock.now();
    const organization = { id: newId('org', now), name, createdAt: now, updatedAt: now };
    return this.database.repository(Organization).save(organization);
  }

  find(id: string): Promise<Organization | null> {
    return this.database.repository(Organization).findOneBy({ id });
  }

  findMany(ids: string[]): Promise<Organization[]> {
    if (ids.length === 0) return Promise.resolve([]);
    return this.database.repository(Organization).findBy({ id: In(ids) });
  }

  /** @throws a foreign key violation while it still has directories. */
  async remove(id: string): Promise<void> {
    await this.database.repository(Organization).delete({ id });
  }

  count(): Promise<number> {
    return this.database.repository(Organization).count();
  }
}
