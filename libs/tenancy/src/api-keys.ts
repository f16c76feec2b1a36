import { Injectable } from '@nestjs/common';
import { Clock, Database, newId } from '@app/runtime';
import { credentialOf, newCredential } from './credentials.js';
import { ApiKey, type Permission } from './entities.js';

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
  known(keyHash: Buffer): Promise<ApiKey | null> {
    return this.database.repository(ApiKey).findOneBy({ keyHash });
  }

  count(): Promise<number> {
    return this.database.repository(ApiKey).count();
  }
}
