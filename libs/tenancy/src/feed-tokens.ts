/** Tokens that may read a part of the log and nothing else. */
import { Injectable } from '@nestjs/common';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { Clock, Database, newId } from '@app/runtime';
import { newCredential } from './credentials.js';
import { LimitReached } from './limit-reached.js';
import { pageOf, type Page, type PageRequest } from './page.js';

@Entity({ name: 'feed_token' })
export class FeedToken {
  @PrimaryColumn('text') id: string;
  @Column('text') name: string;
  @Column('bytea', { name: 'token_hash' }) tokenHash: Buffer;
  @Column('text') suffix: string;
  /** Null: events of every organization. */
  @Column('text', { name: 'organization_id', nullable: true }) organizationId: string | null;
  @Column('text', { name: 'directory_id', nullable: true }) directoryId: string | null;
  /** Published event types; null: all that directories tell. */
  @Column('text', { name: 'event_types', array: true, nullable: true }) eventTypes: string[] | null;
  /** The names of those consumers that it may read for. */
  @Column('text', { array: true }) consumers: string[];
  @Column('timestamptz', { name: 'created_at' }) createdAt: Date;
  @Column('timestamptz', { name: 'expires_at', nullable: true }) expiresAt: Date | null;
  /** Written now and then, so it may be some seconds behind. */
  @Column('timestamptz', { name: 'last_used_at', nullable: true }) lastUsedAt: Date | null;
}

export interface NewFeedToken {
  name: string;
  organizationId: string | null;
  directoryId: string | null;
  eventTypes: string[] | null;
  consumers: string[];
  expiresAt: Date | null;
}

/** Expired ones count until they are forgotten. */
const TOKENS_AT_MOST = 1_000;
const LOCK = 6_170_423_991;
const EXPIRED_KEPT_IN_MILLISECONDS = 30 * 86_400_000;
const BATCH = 1_000;

@Injectable()
export class FeedTokens {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @returns with the token itself, which is not kept. @throws LimitReached */
  create(wish: NewFeedToken): Promise<{ token: FeedToken; secret: string }> {
    return this.database.transaction(async (tx, manager) => {
      // Two who make the last one at once come one after the other.
      await tx.rows('select pg_advisory_xact_lock($1)', [LOCK]);
      if ((await manager.count(FeedToken)) >= TOKENS_AT_MOST)
        throw new LimitReached('feed tokens', TOKENS_AT_MOST, 'Delete one that is not used any more.');
      const now = this.clock.now();
      const { secret, hash, suffix } = newCredential('feed_');
      const row = { id: newId('feed_token', now), tokenHash: hash, suffix, createdAt: now, lastUsedAt: null };
      const token: FeedToken = { ...wish, ...row };
      await manager.insert(FeedToken, token);
      return { token, secret };
    });
  }

  find(id: string): Promise<FeedToken | null> {
    return this.database.repository(FeedToken).findOneBy({ id });
  }

  list(filter: { organizationId?: string | undefined }, page: PageRequest): Promise<Page<FeedToken>> {
    const query = this.database.repository(FeedToken).createQueryBuilder('row').where('true');
    if (filter.organizationId) query.andWhere('row.organizationId = :organizationId', filter);
    return pageOf(query, page);
  }

  /** @returns false when there was none. */
  async remove(id: string): Promise<boolean> {
    const { affected } = await this.database.repository(FeedToken).delete({ id });
    return (affected ?? 0) > 0;
  }

  /** The token with this hash, also when it has expired; null for an unknown one. */
  known(tokenHash: Buffer): Promise<FeedToken | null> {
    return this.database.repository(FeedToken).findOneBy({ tokenHash });
  }

  /** Writes when tokens were last used, all in one statement. @param uses by the token's id. */
  async used(uses: ReadonlyMap<string, Date>): Promise<void> {
    // Locked in order, so that two processes with the same tokens never wait for each other.
    await this.database.rows(
      `with used as (select * from unnest($1::text[], $2::timestamptz[]) as u (id, at)),
            held as (select t.id, u.at from feed_token t join used u on u.id = t.id
                      order by t.id for no key update of t)
       update feed_token t set last_used_at = greatest(t.last_used_at, held.at) from held where held.id = t.id`,
      [[...uses.keys()], [...uses.values()]],
    );
  }

  /** Until then, who still sends it hears when it expired. */
  async forgetExpired(): Promise<void> {
    const until = new Date(this.clock.now().getTime() - EXPIRED_KEPT_IN_MILLISECONDS);
    let removed: unknown[];
    do {
      removed = await this.database.rows(
        `delete from feed_token where id in (
           select id from feed_token where expires_at < $1 limit ${BATCH} for update skip locked) returning 1`,
        [until],
      );
    } while (removed.length === BATCH);
  }
}
