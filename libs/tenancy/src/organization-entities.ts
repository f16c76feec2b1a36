/** The rows of organizations and of what they have beside directories and destinations. */
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ name: 'organization' })
export class Organization {
  @PrimaryColumn('text') id: string;
  @Column('text') name: string;
  @Column('boolean', { name: 'allow_profiles_outside_organization' })
  allowProfilesOutsideOrganization: boolean;
  /** The application's own id of it. */
  @Column('text', { name: 'external_id', nullable: true }) externalId: string | null;
  @Column('text', { name: 'stripe_customer_id', nullable: true }) stripeCustomerId: string | null;
  @Column('json') metadata: Record<string, string>;
  @Column('timestamptz', { name: 'created_at' }) createdAt: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt: Date;
}

/** `failed`: it was not found to be theirs in time, or is another organization's. */
export type DomainState = 'pending' | 'verified' | 'failed';

@Entity({ name: 'organization_domain' })
export class OrganizationDomain {
  @PrimaryColumn('text') id: string;
  @Column('text', { name: 'organization_id' }) organizationId: string;
  @Column('text') domain: string;
  @Column('text') state: DomainState;
  /** `manual`: an operator has said that it is theirs. */
  @Column('text') strategy: 'dns' | 'manual';
  /** What the TXT record must say. Known to everybody once it does. */
  @Column('text') token: string;
  /** Of a pending one: when DNS is asked next, how often it was, and when it is for the last time. */
  @Column('timestamptz', { name: 'next_check_at', nullable: true }) nextCheckAt: Date | null;
  @Column('integer') checks: number;
  @Column('timestamptz', { name: 'give_up_at', nullable: true }) giveUpAt: Date | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt: Date;
}

/** A key that a customer shows to the application, which asks us whether it is one. It opens nothing here. */
@Entity({ name: 'customer_key' })
export class CustomerKey {
  @PrimaryColumn('text') id: string;
  @Column('text', { name: 'organization_id' }) organizationId: string;
  @Column('text') name: string;
  @Column('bytea', { name: 'key_hash' }) keyHash: Buffer;
  @Column('text') suffix: string;
  /** The application's words; they mean nothing here. */
  @Column('text', { array: true }) permissions: string[];
  @Column('timestamptz', { name: 'expires_at', nullable: true }) expiresAt: Date | null;
  /** Written now and then, so it may be some seconds behind. */
  @Column('timestamptz', { name: 'last_used_at', nullable: true }) lastUsedAt: Date | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt: Date;
}

/** Somebody of the customer's IT department. Nobody is written to. */
@Entity({ name: 'it_contact' })
export class ItContact {
  @PrimaryColumn('text') id: string;
  @Column('text', { name: 'organization_id' }) organizationId: string;
  @Column('text') email: string;
  @Column('timestamptz', { name: 'created_at' }) createdAt: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt: Date;
}
