import { Injectable } from '@nestjs/common';
import { Clock, Database, newId } from '@app/runtime';
import { LimitReached } from './limit-reached.js';
import { ItContact, Organization } from './organization-entities.js';
import { driverErrorOf } from './organizations.js';
import { pageOf, type Page, type PageRequest } from './page.js';

export const CONTACTS_OF_AN_ORGANIZATION_AT_MOST = 100;

/** The organization has it already. */
export class ContactTaken extends Error {
  constructor() {
    super('The organization has an IT contact with this e-mail address already');
    this.name = 'ContactTaken';
  }
}

@Injectable()
export class ItContacts {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @returns null when there is no such organization. @throws ContactTaken, LimitReached */
  async create(organizationId: string, email: string): Promise<ItContact | null> {
    return this.database.transaction(async (_tx, manager) => {
      const lock = { mode: 'pessimistic_write' } as const;
      if (!(await manager.findOne(Organization, { where: { id: organizationId }, lock }))) return null;
      if ((await manager.countBy(ItContact, { organizationId })) >= CONTACTS_OF_AN_ORGANIZATION_AT_MOST)
        throw new LimitReached(
          'IT contacts of one organization',
          CONTACTS_OF_AN_ORGANIZATION_AT_MOST,
          'Delete one of them.',
        );
      const now = this.clock.now();
      const contact = { id: newId('it_contact', now), organizationId, email, createdAt: now, updatedAt: now };
      try {
        await manager.insert(ItContact, contact);
      } catch (error) {
        const { constraint } = driverErrorOf(error);
        throw constraint === 'it_contact_is_once_in_an_organization' ? new ContactTaken() : error;
      }
      return contact;
    });
  }

  list(organizationId: string, page: PageRequest): Promise<Page<ItContact>> {
    const query = this.database.repository(ItContact).createQueryBuilder('row');
    return pageOf(query.where('row.organizationId = :organizationId', { organizationId }), page);
  }

  find(organizationId: string, id: string): Promise<ItContact | null> {
    return this.database.repository(ItContact).findOneBy({ id, organizationId });
  }

  /** @returns whether there was one. */
  async remove(organizationId: string, id: string): Promise<boolean> {
    const { affected } = await this.database.repository(ItContact).delete({ id, organizationId });
    return (affected ?? 0) > 0;
  }
}
