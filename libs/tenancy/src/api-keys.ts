import { Injectable } from '@nestjs/common';
import { ArrayContains } from 'typeorm';
import { Clock, Database, newId, Statement } from '@app/runtime';
import { credentialOf, newCredential } from './credentials.js';
import { ApiKey, type Permission } from './entities.js';
import { LimitReached } from './limit-reached.js';
import { pageOf, type Page, type PageRequest } from './page.js';

export const API_KEYS_AT_MOST = 1_000;

// Asked at every request of the consumer API.
const KNOWN = new Statement(
  'api-key-by-hash',
  `select id, name, key_hash as "keyHash", suffix, permissions, created_at as "createdAt" from api_key where key_hash = $1`,
);

/** Nobody could make another one. */
export class LastApiKey extends Error {
  constructor(readonly id: string) {
    super(
      `${id} is the last API key that may manage keys. Make another one with the permission api_keys:manage first.`,
    );
    this.name = 'LastApiKey';
  }
}

@Injectable()
export class ApiKeys {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @returns the key's secret, which is not kept. */
  async create(name: string, permissions: Permission[] = []): Promise<string> {
    const { secret } = newCredential('sk_');
    await this.adopt(name, secret, permissions);
    return secret;
  }

  /** As `create`. @throws LimitReached */
  async make(name: string, permissions: Permission[]): Promise<{ key: ApiKey; secret: string }> {
    if ((await this.count()) >= API_KEYS_AT_MOST)
      throw new LimitReached('API keys', API_KEYS_AT_MOST, 'Revoke one that is not used any more.');
    const { secret, hash: keyHash, suffix } = newCredential('sk_');
    const now = this.clock.now();
    const key = { id: newId('api_key', now), name, keyHash, suffix, permissions, createdAt: now };
    await this.database.repository(ApiKey).insert(key);
    return { key, secret };
  }

  list(page: PageRequest): Promise<Page<ApiKey>> {
    return pageOf(this.database.repository(ApiKey).createQueryBuilder('row').where('true'), page);
  }

  find(id: string): Promise<ApiKey | null> {
    return this.database.repository(ApiKey).findOneBy({ id });
  }

  /** In force at once. @returns whether there was one. @throws LastApiKey */
  async revoke(id: string): Promise<boolean> {
    return this.database.transaction(async (_tx, manager) => {
      // Two that revoke each other's key follow one another.
      const managing = await manager.find(ApiKey, {
        where: { permissions: ArrayContains(['api_keys:manage']) },
        order: { id: 'ASC' },
        lock: { mode: 'pessimistic_write' },
      });
      if (managing.length === 1 && managing[0]!.id === id) throw new LastApiKey(id);
      const { affected } = await manager.delete(ApiKey, { id });
      return (affected ?? 0) > 0;
    });
  }

  /** Takes a key that the operator chose (`ROLLCALL_API_KEY`). One that is known already gets the permissions, and no more. */
  async adopt(name: string, secret: string, permissions: Permission[] = []): Promise<void> {
    const { hash, suffix } = credentialOf(secret);
    const now = this.clock.now();
    await this.database
      .repository(ApiKey)
      .createQueryBuilder()
      .insert()
      .values({ id: newId('api_key', now), name, keyHash: hash, suffix, permissions, createdAt: now })
      .orUpdate(['permissions'], ['key_hash'])
      .execute();
  }

  /** The key with this hash, or null. */
  async known(keyHash: Buffer): Promise<ApiKey | null> {
    const [key] = await this.database.rows<ApiKey>(KNOWN, [keyHash]);
    return key ?? null;
  }

  count(): Promise<number> {
    return this.database.repository(ApiKey).count();
  }
}
