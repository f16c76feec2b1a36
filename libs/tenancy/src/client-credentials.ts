/** How OAuth 2.0 clients show who they are: secrets that are replaced with overlap, and public keys. The same for every kind of client. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock, Database, newId, type Tx } from '@app/runtime';
import { newCredential } from './credentials.js';
import { LimitReached } from './limit-reached.js';
import {
  OAuthClient,
  OAuthClientSecret,
  type AuthenticationMethod,
  type Client,
  type ClientKind,
  type PublicKeys,
} from './oauth-entities.js';

/** That work at a time: an old one goes on for a while when it is replaced. */
const SECRETS_AT_MOST = 10;

export const RECEIVER_ID_PREFIX = 'ssf_client';

export interface ClientChange {
  name?: string;
  authenticationMethods?: AuthenticationMethod[];
  jwks?: PublicKeys | null;
}

/** A client, and the secret that was just made for it; null when none was made. Not kept. */
export interface MadeClient<C extends Client> {
  client: C;
  secret: string | null;
}

/** A client with what it can be recognised by right now. */
export interface KnownClient<C extends Client> {
  client: C;
  secretHashes: Buffer[];
}

@Injectable()
export class ClientCredentials {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Stores a new client, with a secret if one of its methods needs one. */
  async insert<C extends Client>(
    manager: EntityManager,
    kind: ClientKind<C>,
    client: C,
  ): Promise<MadeClient<C>> {
    await manager.insert(kind, client as never);
    return { client, secret: usesSecret(client) ? await this.insertSecret(manager, client.id) : null };
  }

  /** The secrets of these clients that still work, oldest first. */
  secretsOf(clientIds: string[]): Promise<OAuthClientSecret[]> {
    return this.workingSecrets(clientIds).getMany();
  }

  /** For the token endpoint. @param kind as the id says. */
  async known<C extends Client>(kind: ClientKind<C>, id: string): Promise<KnownClient<C> | null> {
    const [client, secrets] = await Promise.all([
      this.database.repository(kind).findOneBy({ id } as never),
      this.workingSecrets([id]).getMany(),
    ]);
    return client && { client, secretHashes: secrets.map((secret) => secret.secretHash) };
  }

  /**
   * A change of how the client shows who it is ends the access tokens that it has, since the old way may be in wrong
   * hands. A first secret is made when a method needs one now; all secrets go when none does.
   */
  change<C extends Client>(client: C, change: ClientChange): Promise<MadeClient<C>> {
    return this.database.transaction(async (tx, manager) => {
      const updatedAt = this.clock.now();
      const changed: C = { ...client, ...change, updatedAt };
      await manager.update(OAuthClient, { id: client.id }, { ...change, updatedAt } as never);
      if (change.authenticationMethods || change.jwks !== undefined) await endAccess(tx, client.id);
      if (!usesSecret(changed)) {
        await manager.delete(OAuthClientSecret, { clientId: client.id });
        return { client: changed, secret: null };
      }
      const has = await this.workingSecrets([client.id], manager).getCount();
      return { client: changed, secret: has > 0 ? null : await this.insertSecret(manager, client.id) };
    });
  }

  /**
   * A new secret. @param oldEndAt when the ones before it end, unless they end sooner; null: at once, and with them the
   * access tokens that were issued for them. @throws LimitReached
   */
  rotate({ id }: Client, oldEndAt: Date | null): Promise<string> {
    return this.database.transaction(async (tx, manager) => {
      await manager.query('select from oauth_client where id = $1 for no key update', [id]);
      if (oldEndAt === null) {
        await manager.delete(OAuthClientSecret, { clientId: id });
        await endAccess(tx, id);
      } else {
        if ((await this.workingSecrets([id], manager).getCount()) >= SECRETS_AT_MOST)
          throw new LimitReached(
            'secrets that work at a time',
            SECRETS_AT_MOST,
            'Rotate with overlap_seconds 0.',
          );
        await tx.rows(
          'update oauth_client_secret set expires_at = least(expires_at, $2) where client_id = $1',
          [id, oldEndAt],
        );
      }
      return this.insertSecret(manager, id);
    });
  }

  private async insertSecret(manager: EntityManager, clientId: string): Promise<string> {
    const now = this.clock.now();
    const prefix = clientId.startsWith(RECEIVER_ID_PREFIX) ? 'ssf_cs_' : 'scim_cs_';
    const { secret, hash, suffix } = newCredential(prefix);
    const id = newId('oauth_secret', now);
    await manager.insert(OAuthClientSecret, {
      id,
      clientId,
      secretHash: hash,
      suffix,
      createdAt: now,
      expiresAt: null,
    });
    return secret;
  }

  private workingSecrets(clientIds: string[], manager?: EntityManager) {
    const rows = manager
      ? manager.getRepository(OAuthClientSecret)
      : this.database.repository(OAuthClientSecret);
    return rows
      .createQueryBuilder('row')
      .where('row.clientId = any(:clientIds)', { clientIds })
      .andWhere('(row.expiresAt is null or row.expiresAt > :now)', { now: this.clock.now() })
      .orderBy('row.id', 'ASC');
  }
}

/** A client has tokens of its own kind only. */
async function endAccess(tx: Tx, clientId: string): Promise<void> {
  await tx.rows('delete from directory_token where oauth_client_id = $1', [clientId]);
  await tx.rows('delete from ssf_access_token where client_id = $1', [clientId]);
}

function usesSecret({ authenticationMethods }: Client): boolean {
  return authenticationMethods.some((method) => method !== 'private_key_jwt');
}
