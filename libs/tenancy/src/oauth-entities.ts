/** The rows behind OAuth 2.0 client credentials. */
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** RFC 7591 §2's names for how a client shows who it is at the token endpoint. */
export const AUTHENTICATION_METHODS = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
] as const;
export type AuthenticationMethod = (typeof AUTHENTICATION_METHODS)[number];

/** RFC 7517 §5; public keys only. */
export interface PublicKeys {
  keys: Record<string, unknown>[];
}

/** What every client has, whomever its tokens are for: who it is, and how it shows it. */
export abstract class Client {
  @PrimaryColumn('text') id: string;
  @Column('text') name: string;
  @Column('text', { name: 'authentication_methods', array: true })
  authenticationMethods: AuthenticationMethod[];
  @Column('jsonb', { nullable: true }) jwks: PublicKeys | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt: Date;
  @Column('timestamptz', { name: 'last_used_at', nullable: true }) lastUsedAt: Date | null;
}

/** An identity provider, whose tokens open one directory. */
@Entity({ name: 'oauth_client' })
export class OAuthClient extends Client {
  @Column('text', { name: 'directory_id' }) directoryId: string;
}

/** An application that may manage its own streams of Shared Signals (OpenID SSF 1.0). */
@Entity({ name: 'oauth_client' })
export class ReceiverClient extends Client {
  @Column('text', { name: 'organization_id' }) organizationId: string;
  /** `aud` of what its streams carry; null: its id. */
  @Column('text', { nullable: true }) audience: string | null;
}

/** Their rows are in one table; an id says which it is. */
export type ClientKind<C extends Client> = new () => C;

/** CAEP interoperability profile §2.7.3: `ssf.manage` may do whatever `ssf.read` may. */
export const RECEIVER_SCOPES = ['ssf.read', 'ssf.manage'] as const;
export type ReceiverScope = (typeof RECEIVER_SCOPES)[number];

@Entity({ name: 'oauth_client_secret' })
export class OAuthClientSecret {
  @PrimaryColumn('text') id: string;
  @Column('text', { name: 'client_id' }) clientId: string;
  @Column('bytea', { name: 'secret_hash' }) secretHash: Buffer;
  @Column('text') suffix: string;
  @Column('timestamptz', { name: 'created_at' }) createdAt: Date;
  @Column('timestamptz', { name: 'expires_at', nullable: true }) expiresAt: Date | null;
}
