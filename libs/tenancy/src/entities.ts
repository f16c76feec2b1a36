/** The rows that people edit. Storage, never bodies: a controller maps them. Relations are ids. */
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { FeedToken } from './feed-tokens.js';
import { OAuthClient, OAuthClientSecret, ReceiverClient } from './oauth-entities.js';
import { CustomerKey, ItContact, Organization, OrganizationDomain } from './organization-entities.js';
import { DestinationSecret } from './secret-entities.js';
import { SigningKey } from './signing-key-rows.js';

export type DirectoryState = 'linked' | 'unlinked' | 'deleting';

/** A SCIM schema that a directory declared for its own attributes: RFC 7643 §3.3. */
export interface SchemaExtension {
  resourceType: 'User' | 'Group';
  /** As the room that reads SCIM made it; it is nobody else's business here. */
  schema: object;
}

/** What a directory does with people who leave. */
export interface LeavingSettings {
  /** What a request to delete a person does: `deactivate` keeps them as inactive. */
  deletePolicy: 'delete' | 'deactivate';
  /** Days after such a request until a person who was kept is deleted; null: never. Null where nobody is kept. */
  purgeAfterDays: number | null;
  /** As which event consumers hear of a deactivation. */
  deactivationsPublishedAs: 'updated' | 'deleted';
}

@Entity({ name: 'directory' })
export class Directory implements LeavingSettings {
  @PrimaryColumn('text') id: string;
  @Column('text', { name: 'organization_id' }) organizationId: string;
  @Column('text') name: string;
  @Column('text') type: string;
  @Column('text') state: DirectoryState;
  @Column('text', { name: 'external_key' }) externalKey: string;
  @Column('json', { name: 'schema_extensions' }) schemaExtensions: SchemaExtension[];
  @Column('text', { name: 'delete_policy' }) deletePolicy: LeavingSettings['deletePolicy'];
  @Column('integer', { name: 'purge_after_days', nullable: true }) purgeAfterDays: number | null;
  @Column('text', { name: 'deactivations_published_as' })
  deactivationsPublishedAs: LeavingSettings['deactivationsPublishedAs'];
  /** Whoever signs in and is unknown may be made, if the application asks for it. */
  @Column('boolean', { name: 'just_in_time' }) justInTime: boolean;
  /** How consumers see its people. As the room that knows attributes made it, and so is the schema above. */
  @Column('json', { name: 'attribute_rules' }) attributeRules: object[];
  /** Of somebody new, by the role mapping in force. */
  @Column('text', { name: 'default_role', nullable: true }) defaultRole: string | null;
  /** Grows with every change of either. */
  @Column({ type: 'bigint', name: 'rules_version' }) rulesVersion: number;
  @Column('timestamptz', { name: 'created_at' }) createdAt: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt: Date;
}

@Entity({ name: 'directory_token' })
export class DirectoryToken {
  @PrimaryColumn('text') id: string;
  @Column('text', { name: 'directory_id' }) directoryId: string;
  @Column('text') name: string;
  @Column('bytea', { name: 'token_hash' }) tokenHash: Buffer;
  @Column('text') suffix: string;
  @Column('timestamptz', { name: 'created_at' }) createdAt: Date;
  @Column('timestamptz', { name: 'expires_at', nullable: true }) expiresAt: Date | null;
  /** Written now and then, so it may be some seconds behind. */
  @Column('timestamptz', { name: 'last_used_at', nullable: true }) lastUsedAt: Date | null;
  /** The client that an access token was issued to; null: a person made the token. */
  @Column('text', { name: 'oauth_client_id', nullable: true }) oauthClientId: string | null;
}

/**
 * What not every key may do. `secrets:reveal`: see the secrets of destinations in clear. `api_keys:manage`: make, list and
 * revoke keys of Rollcall's own API. `history:read`: see the past of directories, also of people who are gone, and who said so.
 */
export const PERMISSIONS = ['secrets:reveal', 'api_keys:manage', 'history:read'] as const;
export type Permission = (typeof PERMISSIONS)[number];

@Entity({ name: 'api_key' })
export class ApiKey {
  @PrimaryColumn('text') id: string;
  @Column('text') name: string;
  @Column('bytea', { name: 'key_hash' }) keyHash: Buffer;
  @Column('text') suffix: string;
  @Column('text', { array: true }) permissions: Permission[];
  @Column('timestamptz', { name: 'created_at' }) createdAt: Date;
}

export type DestinationState = 'enabled' | 'paused' | 'disabled';

@Entity({ name: 'destination' })
export class Destination {
  @PrimaryColumn('text') id: string;
  /** Null: events of every organization. */
  @Column('text', { name: 'organization_id', nullable: true }) organizationId: string | null;
  @Column('text') protocol: string;
  @Column('jsonb') settings: Record<string, unknown>;
  /** Published event types; what an empty list means is the protocol's to say. */
  @Column('text', { name: 'event_types', array: true }) eventTypes: string[];
  @Column('text') state: DestinationState;
  /** Why and since when it is disabled or paused; null while it is enabled. */
  @Column('text', { name: 'disabled_reason', nullable: true }) disabledReason: string | null;
  @Column('timestamptz', { name: 'disabled_at', nullable: true }) disabledAt: Date | null;
  /** Which events, beyond their types. As the delivery room reads it, and so is `delivery`. */
  @Column('jsonb') filter: Record<string, unknown>;
  /** In which manner it is served. */
  @Column('jsonb') delivery: Record<string, unknown>;
  /** Only where it is asked for: few have it, and it is long. What it holds is the delivery room's to say. */
  @Column('text', { name: 'request_sealed', nullable: true, select: false }) requestSealed?: string | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt: Date;
}

export const TENANCY_ENTITIES = [
  Organization,
  OrganizationDomain,
  CustomerKey,
  ItContact,
  Directory,
  DirectoryToken,
  OAuthClient,
  OAuthClientSecret,
  ApiKey,
  SigningKey,
  Destination,
  DestinationSecret,
  ReceiverClient,
  FeedToken,
];
