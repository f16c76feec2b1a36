/** The digest of what consumers know, by its definition: what a consumer can compute too. docs/consumer-api/reconciliation.md */
import { hash } from 'node:crypto';
import { KINDS, type Kind, type Sum } from '@app/projections';

/** Sums of 64 bits, which do not depend on the order. */
export class LineDigest {
  private readonly sums: Record<Kind, Sum> = {
    users: { count: 0, sum: 0n },
    groups: { count: 0, sum: 0n },
    memberships: { count: 0, sum: 0n },
  };

  user(id: string, updatedAt: string): void {
    this.add('users', `user\n${id}\n${updatedAt}`);
  }

  group(id: string, updatedAt: string): void {
    this.add('groups', `group\n${id}\n${updatedAt}`);
  }

  membership(groupId: string, userId: string): void {
    this.add('memberships', `membership\n${groupId}\n${userId}`);
  }

  shown(): object {
    return shownSums(this.sums);
  }

  private add(kind: Kind, line: string): void {
    const sum = this.sums[kind];
    sum.count += 1;
    sum.sum += hash('sha256', line, 'buffer').readBigUInt64BE(0);
  }
}

/** Each kind's count and digest, and the digest of all three together. */
export function shownSums(sums: Readonly<Record<Kind, Sum>>): object {
  const kinds = KINDS.map((kind) => [kind, { count: sums[kind].count, digest: hex(sums[kind].sum) }]);
  const all = KINDS.reduce((sum, kind) => sum + sums[kind].sum, 0n);
  return { ...Object.fromEntries(kinds), digest: hex(all) };
}

function hex(sum: bigint): string {
  return BigInt.asUintN(64, sum).toString(16).padStart(16, '0');
}
