import { Injectable } from '@nestjs/common';
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

  /** @throws a foreign key violation while it still has directories. */
  async remove(id: string): Promise<void> {
    await this.database.repository(Organization).delete({ id });
  }

  count(): Promise<number> {
    return this.database.repository(Organization).count();
  }
}
