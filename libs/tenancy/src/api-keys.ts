import { Injectable } from '@nestjs/common';
import { Clock, Database, newId } from '@app/runtime';
import { credentialOf, newCredential } from './credentials.js';
import { ApiKey } from './entities.js';

@Injectable()
export class ApiKeys {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @returns the key's secret, which is not kept. */
  async create(name: string): Promise<string> {
    const { secret } = newCredential('sk_');
    await this.adopt(name, secret);
    return secret;
  }

  /** Takes a key that the operator chose (`ROLLCALL_API_KEY`). Does nothing when it is known already. */
  async adopt(name: string, secret: string): Promise<void> {
    const { hash, suffix } = credentialOf(secret);
    const now = this.clock.now();
    await this.database
      .repository(ApiKey)
      .createQueryBuilder()
      .insert()
      .values({ id: newId('api_key', now), name, keyHash: hash, suffix, createdAt: now })
      .orIgnore()
      .execute();
  }

  /** The id of the key with this hash, or null. */
  async idOf(keyHash: Buffer): Promise<string | null> {
    const key = await this.database.repository(ApiKey).findOneBy({ keyHash });
    return key?.id ?? null;
  }

  count(): Promise<number> {
    return this.database.repository(ApiKey).count();
  }
}
