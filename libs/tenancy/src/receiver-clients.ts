/** OAuth 2.0 clients of receivers of Shared Signals: made by people, and given short-lived tokens for their own streams. */
import { Injectable } from '@nestjs/common';
import { Clock, Database, newId } from '@app/runtime';
import { ClientCredentials, RECEIVER_ID_PREFIX, type MadeClient } from './client-credentials.js';
import { hashOf, newCredential } from './credentials.js';
import { LimitReached } from './limit-reached.js';
import {
  ReceiverClient,
  type AuthenticationMethod,
  type PublicKeys,
  type ReceiverScope,
} from './oauth-entities.js';
import { pageOf, type Page, type PageRequest } from './page.js';
import { refusalToIssue, type Issued, type SpentAssertion } from './spent-assertions.js';

/** In one organization: each has streams of its own, and each stream is looked at for every event. */
const CLIENTS_AT_MOST = 50;
/** An expired token is told so for as long; then it is unknown. */
const EXPIRED_KEPT_IN_MILLISECONDS = 3_600_000;
const FORGOTTEN_AT_ONCE = 1_000;

export interface NewReceiverClient {
  organizationId: string;
  name: string;
  audience: string | null;
  authenticationMethods: AuthenticationMethod[];
  jwks: PublicKeys | null;
}

/** Who shows an access token, and what it is good for. */
export interface ReceiverAccess {
  client: ReceiverClient;
  scopes: ReceiverScope[];
  expiresAt: Date;
}

@Injectable()
export class ReceiverClients {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly credentials: ClientCredentials,
  ) {}

  /** With a secret if one of its methods needs one. @throws LimitReached */
  create(wish: NewReceiverClient): Promise<MadeClient<ReceiverClient>> {
    return this.database.transaction(async (_tx, manager) => {
      // Two who make the last one at once come one after the other.
      const { organizationId } = wish;
      await manager.query('select from organization where id = $1 for no key update', [organizationId]);
      if ((await manager.countBy(ReceiverClient, { organizationId })) >= CLIENTS_AT_MOST)
        throw new LimitReached('receivers of an organization', CLIENTS_AT_MOST, 'Delete one first.');
      const now = this.clock.now();
      const id = newId(RECEIVER_ID_PREFIX, now);
      const client = { ...wish, id, createdAt: now, updatedAt: now, lastUsedAt: null };
      return this.credentials.insert(manager, ReceiverClient, client);
    });
  }

  find(id: string): Promise<ReceiverClient | null> {
    return this.database
      .repository(ReceiverClient)
      .createQueryBuilder('row')
      .where('row.id = :id and row.organizationId is not null', { id })
      .getOne();
  }

  list(organizationId: string | undefined, page: PageRequest): Promise<Page<ReceiverClient>> {
    const query = this.database
      .repository(ReceiverClient)
      .createQueryBuilder('row')
      .where('row.organizationId is not null');
    if (organizationId !== undefined)
      query.andWhere('row.organizationId = :organizationId', { organizationId });
    return pageOf(query, page);
  }

  /** Its streams and access tokens end with it. @returns whether it was there. */
  remove(id: string): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      // Whoever makes a stream for it holds this row: none can be left behind.
      const there = await tx.rows(
        'select from oauth_client where id = $1 and organization_id is not null for update',
        [id],
      );
      await tx.rows(
        'delete from destination where id in (select destination_id from ssf_stream where client_id = $1)',
        [id],
      );
      if (there.length > 0) await tx.rows('delete from oauth_client where id = $1', [id]);
      return there.length > 0;
    });
  }

  /** @param assertion what the client has shown: spent together with the issue, once for all processes. */
  issue(
    { id }: Pick<ReceiverClient, 'id'>,
    grant: { scopes: readonly ReceiverScope[]; expiresAt: Date; assertion?: SpentAssertion | undefined },
  ): Promise<Issued> {
    const { scopes, expiresAt, assertion } = grant;
    return this.database.transaction(async (tx) => {
      const refusal = await refusalToIssue(tx, id, { now: this.clock.now(), assertion });
      if (refusal) return refusal;
      const { secret, hash } = newCredential('ssf_at_');
      await tx.rows(
        'insert into ssf_access_token (token_hash, client_id, scopes, expires_at) values ($1, $2, $3, $4)',
        [hash, id, scopes, expiresAt],
      );
      return { token: secret };
    });
  }

  /** Whose token it is, also when it has expired a moment ago; null for any other text. */
  async opened(token: string): Promise<ReceiverAccess | null> {
    const [row] = await this.database.rows<{ client_id: string; scopes: ReceiverScope[]; expires_at: Date }>(
      'select client_id, scopes, expires_at from ssf_access_token where token_hash = $1',
      [hashOf(token)],
    );
    const client = row && (await this.find(row.client_id));
    return client ? { client, scopes: row.scopes, expiresAt: row.expires_at } : null;
  }

  /** Removes what is over, a batch at a time. Two processes that do it at once pass over each other's rows. */
  async forgetExpired(): Promise<void> {
    const until = new Date(this.clock.now().getTime() - EXPIRED_KEPT_IN_MILLISECONDS);
    let removed: unknown[];
    do
      removed = await this.database.rows(
        `delete from ssf_access_token where token_hash in (
           select token_hash from ssf_access_token where expires_at < $1
            limit ${FORGOTTEN_AT_ONCE} for update skip locked)
         returning 1`,
        [until],
      );
    while (removed.length === FORGOTTEN_AT_ONCE);
  }
}
