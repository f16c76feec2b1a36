/** Makes, expires and revokes the keys of an organization: rows and events in one transaction. */
import { Injectable } from '@nestjs/common';
import { Clock } from '@app/runtime';
import { CustomerKeys, isOver, Organizations, type CustomerKey, type NewCustomerKey } from '@app/tenancy';
import { customerKeyFacts } from './facts.js';
import { Telling, type Done } from './telling.js';

@Injectable()
export class CustomerKeySetUp {
  constructor(
    private readonly organizations: Organizations,
    private readonly keys: CustomerKeys,
    private readonly telling: Telling,
    private readonly clock: Clock,
  ) {}

  /** @returns null when there is no such organization. @throws LimitReached */
  create(wish: NewCustomerKey, requestId: string): Promise<{ key: CustomerKey; secret: string } | null> {
    return this.telling.of<{ key: CustomerKey; secret: string } | null>(requestId, async (manager) => {
      if (!(await this.organizations.locked(manager, wish.organizationId)))
        return { result: null, events: [] };
      const result = await this.keys.insert(manager, wish);
      return {
        result,
        events: [{ type: 'CustomerKeyCreated', data: { key: customerKeyFacts(result.key) } }],
      };
    });
  }

  /**
   * @param end of a key that is good: now (it is revoked), later, or never.
   * @returns null when there is no such key, and the key as it is when it is over already.
   */
  expire(id: string, end: Date | null | 'now', requestId: string): Promise<CustomerKey | null> {
    return this.telling.of<CustomerKey | null>(
      requestId,
      async (manager): Promise<Done<CustomerKey | null>> => {
        const before = await this.keys.locked(manager, id);
        const now = this.clock.now();
        if (!before || isOver(before, now)) return { result: before, events: [] };
        const expiresAt = end === 'now' ? now : end;
        if (expiresAt?.getTime() === before.expiresAt?.getTime()) return { result: before, events: [] };
        const result = await this.keys.expire(manager, before, expiresAt);
        const data = { key: customerKeyFacts(result) };
        if (end === 'now') return { result, events: [{ type: 'CustomerKeyRevoked', data }] };
        const { expires, updated } = customerKeyFacts(before);
        return { result, events: [{ type: 'CustomerKeyUpdated', data, previous: { expires, updated } }] };
      },
    );
  }

  /** Of one that is over already, whoever asked has heard. @returns whether there was one. */
  remove(id: string, requestId: string): Promise<boolean> {
    return this.telling.of(requestId, async (manager): Promise<Done<boolean>> => {
      const before = await this.keys.locked(manager, id);
      if (!before) return { result: false, events: [] };
      await this.keys.remove(manager, id);
      if (isOver(before, this.clock.now())) return { result: true, events: [] };
      return {
        result: true,
        events: [{ type: 'CustomerKeyRevoked', data: { key: customerKeyFacts(before) } }],
      };
    });
  }
}
