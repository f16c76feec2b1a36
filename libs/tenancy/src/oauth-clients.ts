/** OAuth 2.0 clients of directories: identity providers that ask for short-lived tokens instead of keeping a long-lived one. */
import { Injectable } from '@nestjs/common';
import { Clock, Database, newId } from '@app/runtime';
import { ClientCredentials, type MadeClient } from './client-credentials.js';
import { LimitReached } from './limit-reached.js';
import { OAuthClient, type AuthenticationMethod, type PublicKeys } from './oauth-entities.js';
import { pageOf, type Page, type PageRequest } from './page.js';

const CLIENTS_AT_MOST = 50;

export interface NewOAuthClient {
  directoryId: string;
  name: string;
  authenticationMethods: AuthenticationMethod[];
  jwks: PublicKeys | null;
}

@Injectable()
export class OAuthClients {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly credentials: ClientCredentials,
  ) {}

  /** With a secret if one of its methods needs one. @throws LimitReached */
  create(wish: NewOAuthClient): Promise<MadeClient<OAuthClient>> {
    return this.database.transaction(async (_tx, manager) => {
      // Two who make the last one at once come one after the other.
      await manager.query('select from directory where id = $1 for no key update', [wish.directoryId]);
      if ((await manager.countBy(OAuthClient, { directoryId: wish.directoryId })) >= CLIENTS_AT_MOST)
        throw new LimitReached('OAuth clients', CLIENTS_AT_MOST, 'Delete one that is not used any more.');
      const now = this.clock.now();
      const id = newId('oauth_client', now);
      const client = { ...wish, id, createdAt: now, updatedAt: now, lastUsedAt: null };
      return this.credentials.insert(manager, OAuthClient, client);
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

  /** Its secrets and access tokens end with it. */
  async remove(client: OAuthClient): Promise<void> {
    await this.database.repository(OAuthClient).delete({ id: client.id });
  }
}
