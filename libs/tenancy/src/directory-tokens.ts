/** The bearer tokens of directories: the ones that people make, and the look-up that finds these and access tokens alike. */
import { Injectable } from '@nestjs/common';
import { In, type EntityManager } from 'typeorm';
import { Clock, Database, newId } from '@app/runtime';
import { newCredential } from './credentials.js';
import { Directory, DirectoryToken } from './entities.js';
import { LimitReached } from './limit-reached.js';
import { pageOf, type Page, type PageRequest } from './page.js';

/** Expired ones do not count: each rotation leaves one behind. */
const TOKENS_AT_MOST = 50;

export interface NewToken {
  directoryId: string;
  name: string;
  /** Null: never. */
  expiresAt: Date | null;
}

export interface MadeToken {
  token: DirectoryToken;
  /** Not kept. */
  secret: string;
}

/** What a bearer token opens, and until when. */
export interface OpenedDirectory {
  directory: Directory;
  tokenId: string;
  expiresAt: Date | null;
  /** For an access token: the client that it was issued to. */
  oauthClientId: string | null;
}

export interface Rotation {
  name: string;
  expiresAt: Date | null;
  /** When the old one ends, unless it ends sooner by itself. */
  oldEndsAt: Date;
}

@Injectable()
export class DirectoryTokens {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @throws LimitReached */
  create(wish: NewToken): Promise<MadeToken> {
    return this.database.transaction((_tx, manager) => this.insert(manager, wish));
  }

  /** Those of these that still exist, also the ones that clients were issued. */
  findMany(ids: string[]): Promise<DirectoryToken[]> {
    return ids.length === 0
      ? Promise.resolve([])
      : this.database.repository(DirectoryToken).findBy({ id: In(ids) });
  }

  /** A new token, while the old one goes on for a while. @throws LimitReached */
  rotate(
    old: DirectoryToken,
    { name, expiresAt, oldEndsAt }: Rotation,
  ): Promise<MadeToken & { old: DirectoryToken }> {
    return this.database.transaction(async (_tx, manager) => {
      const made = await this.insert(manager, { directoryId: old.directoryId, name, expiresAt });
      const endsSooner = old.expiresAt !== null && old.expiresAt <= oldEndsAt;
      if (!endsSooner) await manager.update(DirectoryToken, { id: old.id }, { expiresAt: oldEndsAt });
      return { ...made, old: endsSooner ? old : { ...old, expiresAt: oldEndsAt } };
    });
  }

  /** One that people made; never an access token. */
  async find(directoryId: string, id: string): Promise<DirectoryToken | null> {
    const token = await this.database.repository(DirectoryToken).findOneBy({ id, directoryId });
    return token?.oauthClientId === null ? token : null;
  }

  /** The ones that people made. */
  list(directoryId: string, page: PageRequest): Promise<Page<DirectoryToken>> {
    return pageOf(this.thoseOf(directoryId), page);
  }

  async change(
    token: DirectoryToken,
    change: { name?: string; expiresAt?: Date | null },
  ): Promise<DirectoryToken> {
    if (Object.keys(change).length > 0)
      await this.database.repository(DirectoryToken).update({ id: token.id }, change);
    return { ...token, ...change };
  }

  /** @returns how many tokens that people made still open the directory. */
  async remove(token: DirectoryToken): Promise<number> {
    await this.database.repository(DirectoryToken).delete({ id: token.id });
    return this.working(token.directoryId).getCount();
  }

  /** What a bearer token opens, by the token's hash; null for an unknown token. An expired one is still found. */
  async opened(tokenHash: Buffer): Promise<OpenedDirectory | null> {
    const { entities, raw } = await this.database
      .repository(Directory)
      .createQueryBuilder('row')
      .innerJoin(DirectoryToken, 'token', 'token.directoryId = row.id')
      .addSelect('token.id', 'token_id')
      .addSelect('token.expiresAt', 'token_expires_at')
      .addSelect('token.oauthClientId', 'token_oauth_client_id')
      .where('token.tokenHash = :tokenHash', { tokenHash })
      .getRawAndEntities<TokenColumns>();
    const [directory, columns] = [entities[0], raw[0]];
    if (!directory || !columns) return null;
    return {
      directory,
      tokenId: columns.token_id,
      expiresAt: columns.token_expires_at,
      oauthClientId: columns.token_oauth_client_id,
    };
  }

  private async insert(manager: EntityManager, wish: NewToken): Promise<MadeToken> {
    // Two who make the last one at once come one after the other.
    await manager.query('select from directory where id = $1 for no key update', [wish.directoryId]);
    if ((await this.working(wish.directoryId, manager).getCount()) >= TOKENS_AT_MOST)
      throw new LimitReached('tokens', TOKENS_AT_MOST, 'Delete one that is not used any more.');
    const { row, secret } = newToken(wish, this.clock.now());
    await manager.insert(DirectoryToken, row);
    return { token: row, secret };
  }

  private working(directoryId: string, manager?: EntityManager) {
    return this.thoseOf(directoryId, manager).andWhere('(row.expiresAt is null or row.expiresAt > :now)', {
      now: this.clock.now(),
    });
  }

  private thoseOf(directoryId: string, manager?: EntityManager) {
    const rows = manager ? manager.getRepository(DirectoryToken) : this.database.repository(DirectoryToken);
    return rows
      .createQueryBuilder('row')
      .where('row.directoryId = :directoryId', { directoryId })
      .andWhere('row.oauthClientId is null');
  }
}

interface TokenColumns {
  token_id: string;
  token_expires_at: Date | null;
  token_oauth_client_id: string | null;
}

/** The row of a new token and the secret that it is the hash of. */
export function newToken(
  { directoryId, name, expiresAt }: NewToken,
  now: Date,
  oauthClientId: string | null = null,
): { row: DirectoryToken; secret: string } {
  const { secret, hash, suffix } = newCredential(oauthClientId === null ? 'scim_' : 'scim_at_');
  const row = {
    id: newId(oauthClientId === null ? 'directory_token' : 'access_token', now),
    directoryId,
    name,
    tokenHash: hash,
    suffix,
    createdAt: now,
    expiresAt,
    lastUsedAt: null,
    oauthClientId,
  };
  return { row, secret };
}
