/** Access tokens (OAuth 2.0): issued, followed, and removed when they are over. Own SQL: nobody edits these rows. */
import { Injectable } from '@nestjs/common';
import { Clock, Database } from '@app/runtime';
import { newToken } from './directory-tokens.js';
import { DirectoryToken } from './entities.js';
import type { OAuthClient } from './oauth-entities.js';
import { refusalToIssue, type Issued, type SpentAssertion } from './spent-assertions.js';

/** A token that expired this long ago is forgotten; until then, who still sends it hears when it expired. */
const EXPIRED_ACCESS_TOKENS_KEPT_IN_MILLISECONDS = 3_600_000;
const EXPIRED_TOKENS_KEPT_IN_MILLISECONDS = 30 * 86_400_000;
const BATCH = 1_000;

@Injectable()
export class AccessTokens {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @param assertion what the client has shown: spent together with the issue, once for all processes. */
  issue(client: OAuthClient, expiresAt: Date, assertion?: SpentAssertion): Promise<Issued> {
    return this.database.transaction(async (tx, manager) => {
      const now = this.clock.now();
      const refusal = await refusalToIssue(tx, client.id, { now, assertion });
      if (refusal) return refusal;
      const { directoryId } = client;
      const { row, secret } = newToken({ directoryId, name: 'Access token', expiresAt }, now, client.id);
      await manager.insert(DirectoryToken, row);
      return { token: secret };
    });
  }

  /** Writes when tokens were last used, all in one statement. @param uses by the token's id. */
  async used(uses: ReadonlyMap<string, Date>): Promise<void> {
    // Locked in order, so that two processes with the same tokens never wait for each other.
    await this.database.rows(
      `with used as (select * from unnest($1::text[], $2::timestamptz[]) as u (id, at)),
            held as (select t.id, u.at from directory_token t join used u on u.id = t.id
                      order by t.id for no key update of t)
       update directory_token t set last_used_at = greatest(t.last_used_at, held.at) from held where held.id = t.id`,
      [[...uses.keys()], [...uses.values()]],
    );
  }

  /** Removes what is over, a batch at a time. Two processes that do it at once pass over each other's rows. */
  async forgetExpired(): Promise<void> {
    const now = this.clock.now().getTime();
    const accessTokensUntil = new Date(now - EXPIRED_ACCESS_TOKENS_KEPT_IN_MILLISECONDS);
    const tokensUntil = new Date(now - EXPIRED_TOKENS_KEPT_IN_MILLISECONDS);
    await this.inBatches(
      `delete from directory_token where id in (
         select id from directory_token
          where expires_at < $1 and (oauth_client_id is not null or expires_at < $2)
          limit ${BATCH} for update skip locked)
       returning 1`,
      [accessTokensUntil, tokensUntil],
    );
    await this.inBatches(
      `delete from oauth_spent_assertion where (client_id, jti_hash) in (
         select client_id, jti_hash from oauth_spent_assertion where expires_at < $1 limit ${BATCH} for update skip locked)
       returning 1`,
      [new Date(now)],
    );
    await this.inBatches(
      `delete from oauth_client_secret where id in (
         select id from oauth_client_secret where expires_at < $1 limit ${BATCH} for update skip locked)
       returning 1`,
      [new Date(now)],
    );
  }

  private async inBatches(statement: string, values: unknown[]): Promise<void> {
    let removed: unknown[];
    do removed = await this.database.rows(statement, values);
    while (removed.length === BATCH);
  }
}
