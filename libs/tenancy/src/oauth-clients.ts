/** OAuth 2.0 clients: identity providers that ask for short-lived tokens instead of keeping a long-lived one. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock, Database, newId } from '@app/runtime';
import { newCredential } from './credentials.js';
import { DirectoryToken } from './entities.js';
import { LimitReached } from './limit-reached.js';
import {
  OAuthClient,
  OAuthClientSecret,
  type AuthenticationMethod,
  type PublicKeys,
} from './oauth-entities.js';
import { pageOf, type Page, type PageRequest } from './page.js';

const CLIENTS_AT_MOST = 50;
/** That work at a time: an old one goes on for a while when it is replaced. */
const SECRETS_AT_MOST = 10;

export interface NewOAuthClient {
  directoryId: string;
  name: string;
  authenticationMethods: AuthenticationMethod[];
  jwks: PublicKeys | null;
}

export type OAuthClientChange = Partial<Omit<NewOAuthClient, 'directoryId'>>;

/** A client, and the secret that was just made for it; null when none was made. Not kept. */
export interface MadeOAuthClient {
  client: OAuthClient;
  secret: string | null;
}

/** A client with what it can be recognised by right now. */
export interface KnownOAuthClient {
  client: OAuthClient;
  secretHashes: Buffer[];
}

@Injectable()
export class OAuthClients {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** With a secret if one of its methods needs one. @throws LimitReached */
  create(wish: NewOAuthClient): Promise<MadeOAuthClient> {
    return this.database.transaction(async (_tx, manager) => {
      // Two who make the last one at once come one after the other.
      await manager.query('select from directory where id = $1 for no key update', [wish.directoryId]);
      if ((await manager.countBy(OAuthClient, { directoryId: wish.directoryId })) >= CLIENTS_AT_MOST)
        throw new LimitReached('OAuth clients', CLIENTS_AT_MOST, 'Delete one that is not used any more.');
      const now = this.clock.now();
      const client: OAuthClient = {
        ...wish,
        id: newId('oauth_client', now),
        createdAt: now,
        updatedAt: now,
        lastUsedAt: null,
      };
      await manager.insert(OAuthClient, client as never);
      const secret = usesSecret(client) ? await this.insertSecret(manager, client.id, now) : null;
      return { client, secret };
    });
  }

  find(directoryId: string, id: string): Promise<OAuthClient | null> {
    return this.database.repository(OAuthClient).findOneBy({ id, directoryId });
  }

  list(directoryId: string, page: PageRequest): Promise<Page<OAuthClient>> {
    const query = this.database
      .repository(OAuthClient)
      .createQueryBuilder('row')
      .where('row.directoryId = :directoryId', { directoryId });
    return pageOf(query, page);
  }

  /** The secrets of these clients that still work, oldest first. */
  secretsOf(clientIds: string[]): Promise<OAuthClientSecret[]> {
    return this.workingSecrets(clientIds).getMany();
  }

  /**
   * A change of how the client shows who it is ends the access tokens that it has, since the old way may be in wrong
   * hands. A first secret is made when a method needs one now; all secrets go when none does.
   */
  change(client: OAuthClient, change: OAuthClientChange): Promise<MadeOAuthClient> {
    return this.database.transaction(async (_tx, manager) => {
      const now = this.clock.now();
      const changed: OAuthClient = { ...client, ...change, updatedAt: now };
      await manager.update(OAuthClient, { id: client.id }, { ...change, updatedAt: now } as never);
      if (change.authenticationMethods || change.jwks !== undefined)
        await manager.delete(DirectoryToken, { oauthClientId: client.id });
      if (!usesSecret(changed)) {
        await manager.delete(OAuthClientSecret, { clientId: client.id });
        return { client: changed, secret: null };
      }
      const has = await this.workingSecrets([client.id], manager).getCount();
      return { client: changed, secret: has > 0 ? null : await this.insertSecret(manager, client.id, now) };
    });
  }

  /**
   * A new secret. @param oldEndAt when the ones before it end, unless they end sooner; null: at once, and with them the
   * access tokens that were issued for them. @throws LimitReached
   */
  rotate(client: OAuthClient, oldEndAt: Date | null): Promise<string> {
    return this.database.transaction(async (tx, manager) => {
      await manager.query('select from oauth_client where id = $1 for no key update', [client.id]);
      if (oldEndAt === null) {
        await manager.delete(OAuthClientSecret, { clientId: client.id });
        await manager.delete(DirectoryToken, { oauthClientId: client.id });
      } else {
        if ((await this.workingSecrets([client.id], manager).getCount()) >= SECRETS_AT_MOST)
          throw new LimitReached(
            'secrets that work at a time',
            SECRETS_AT_MOST,
            'Rotate with overlap_seconds 0.',
          );
        await tx.rows(
          'update oauth_client_secret set expires_at = least(expires_at, $2) where client_id = $1',
          [client.id, oldEndAt],
        );
      }
      return this.insertSecret(manager, client.id, this.clock.now());
    });
  }

  /** Its secrets and access tokens end with it. */
  async remove(client: OAuthClient): Promise<void> {
    await this.database.repository(OAuthClient).delete({ id: client.id });
  }

  /** For the token endpoint: the client of this id, of whichever directory. */
  async known(id: string): Promise<KnownOAuthClient | null> {
    const [client, secrets] = await Promise.all([
      this.database.repository(OAuthClient).findOneBy({ id }),
      this.workingSecrets([id]).getMany(),
    ]);
    return client && { client, secretHashes: secrets.map((secret) => secret.secretHash) };
  }

  private async insertSecret(manager: EntityManager, clientId: string, now: Date): Promise<string> {
    const { secret, hash, suffix } = newCredential('scim_cs_');
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

function usesSecret({ authenticationMethods }: OAuthClient): boolean {
  return authenticationMethods.some((method) => method !== 'private_key_jwt');
}
