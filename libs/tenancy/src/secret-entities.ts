/** The rows behind the secrets that deliveries are signed with. */
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** `hmac`: the receiver knows the same secret. `ed25519`: a key pair, whose public half the receiver knows. */
export const SECRET_KINDS = ['hmac', 'ed25519'] as const;
export type SecretKind = (typeof SECRET_KINDS)[number];

@Entity({ name: 'destination_secret' })
export class DestinationSecret {
  @PrimaryColumn('text') id: string;
  @Column('text', { name: 'destination_id' }) destinationId: string;
  /** In order of making, whatever the clocks say. */
  @Column({ type: 'bigint', insert: false, update: false }) ordinal: number;
  @Column('text') kind: SecretKind;
  @Column('text', { name: 'value_sealed' }) valueSealed: string;
  /** RFC 8037, with its id as `kid`; null for what is not a key pair. */
  @Column('jsonb', { name: 'public_jwk', nullable: true }) publicJwk: Record<string, unknown> | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt: Date;
  /** Null: the one that signs from now on. */
  @Column('timestamptz', { name: 'expires_at', nullable: true }) expiresAt: Date | null;
}
