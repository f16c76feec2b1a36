/** The secrets that deliveries are signed with: sealed at rest, several while one takes another's place. */
import { Injectable } from '@nestjs/common';
import type { EntityManager, Repository } from 'typeorm';
import { Clock, Database, newId, Sealing } from '@app/runtime';
import { LimitReached } from './limit-reached.js';
import { DestinationSecret, type SecretKind } from './secret-entities.js';

/** Each one that lives is one more signature in every request. */
const LIVE_AT_MOST = 10;

/** A receiver may verify late what it took in time: public keys are shown for so long after their end. */
const SHOWN_AFTER_END_IN_MILLISECONDS = 86_400_000;

export type NewSecret =
  | { kind: 'hmac'; value: string }
  /** @property publicJwk RFC 8037, without `kid`. */
  | { kind: 'ed25519'; value: string; publicJwk: Record<string, unknown> };

/** A secret in clear. */
export interface OpenedSecret {
  id: string;
  kind: SecretKind;
  value: string;
  publicJwk: Record<string, unknown> | null;
  createdAt: Date;
  /** Null: the newest of its kind, which goes on until another takes its place. */
  expiresAt: Date | null;
}

/** The only one left of its kind: without it nothing could be signed. */
export class LastSecret extends Error {
  constructor(readonly secret: OpenedSecret) {
    super(
      `${secret.id} is the only live ${secret.kind} secret of its destination. Make another first (POST …/secrets/rotate).`,
    );
    this.name = 'LastSecret';
  }
}

/** Live: not ended by the program's clock. Whoever writes holds the lock on the destination's row. */
@Injectable()
export class DestinationSecrets {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly sealing: Sealing,
  ) {}

  /** For what else of a destination is secret. */
  seal(text: string): string {
    return this.sealing.seal(text);
  }

  /** @throws SealBroken with another secret key. */
  open(sealed: string): string {
    return this.sealing.open(sealed);
  }

  /** Seals and stores one without end. There must be no other of its kind without end: see `ensure` and `rotate`. */
  async insert(manager: EntityManager, destinationId: string, secret: NewSecret): Promise<OpenedSecret> {
    const now = this.clock.now();
    const id = newId('secret', now);
    const publicJwk = secret.kind === 'ed25519' ? { ...secret.publicJwk, kid: id } : null;
    const made = { id, kind: secret.kind, publicJwk, createdAt: now, expiresAt: null };
    const valueSealed = this.sealing.seal(secret.value);
    await manager.insert(DestinationSecret, { ...made, destinationId, valueSealed } as never);
    return { ...made, value: secret.value };
  }

  /** Sees to it that there is a live secret of each kind. @param make called for each kind that is missing. */
  async ensure(
    manager: EntityManager,
    destinationId: string,
    { kinds, make }: { kinds: readonly SecretKind[]; make: (kind: SecretKind) => NewSecret },
  ): Promise<OpenedSecret[]> {
    if (kinds.length === 0) return [];
    await lock(manager, destinationId);
    const there = new Set(
      (await this.liveRows(manager.getRepository(DestinationSecret), [destinationId])).map(
        ({ kind }) => kind,
      ),
    );
    const made: OpenedSecret[] = [];
    for (const kind of kinds)
      if (!there.has(kind)) made.push(await this.insert(manager, destinationId, make(kind)));
    return made;
  }

  /** The live ones of each destination, newest first. @throws SealBroken with another secret key. */
  async live(destinationIds: readonly string[]): Promise<Map<string, OpenedSecret[]>> {
    const found = new Map<string, OpenedSecret[]>(destinationIds.map((id) => [id, []]));
    if (destinationIds.length === 0) return found;
    const rows = await this.liveRows(this.database.repository(DestinationSecret), destinationIds);
    for (const row of rows) found.get(row.destinationId)?.push(this.opened(row));
    return found;
  }

  /** One that lives. @throws SealBroken with another secret key. */
  async find(destinationId: string, id: string): Promise<OpenedSecret | null> {
    return (await this.live([destinationId])).get(destinationId)?.find((secret) => secret.id === id) ?? null;
  }

  /**
   * Puts a new secret in front of those of its kind.
   * @param oldEndAt when those before it end, unless they end sooner; null: at once, and nothing of them is shown any more.
   * @returns the new one, and those before it that still live. @throws LimitReached
   */
  rotate(
    destinationId: string,
    secret: NewSecret,
    oldEndAt: Date | null,
  ): Promise<{ made: OpenedSecret; replaced: OpenedSecret[] }> {
    return this.database.transaction(async (tx, manager) => {
      await lock(manager, destinationId);
      const now = this.clock.now();
      await this.forget(manager, destinationId, { kind: secret.kind, all: oldEndAt === null });
      const before = await this.liveRows(manager.getRepository(DestinationSecret), [destinationId]);
      if (before.length >= LIVE_AT_MOST) throw new LimitReached('live secrets', LIVE_AT_MOST, TOO_MANY);
      await tx.rows(
        `update destination_secret set expires_at = least(expires_at, $3)
          where destination_id = $1 and kind = $2 and (expires_at is null or expires_at > $4)`,
        [destinationId, secret.kind, oldEndAt, now],
      );
      const made = await this.insert(manager, destinationId, secret);
      const left = await this.liveRows(manager.getRepository(DestinationSecret), [destinationId]);
      const replaced = left.filter(({ id, kind }) => kind === secret.kind && id !== made.id);
      return { made, replaced: replaced.map((row) => this.opened(row)) };
    });
  }

  /**
   * Ends one at once; its public key is shown no more. When it was the newest, the one before it goes on without end, as
   * if there had been no rotation.
   * @returns false when no live one has this id. @throws LastSecret
   */
  end(destinationId: string, id: string): Promise<boolean> {
    return this.database.transaction(async (_tx, manager) => {
      await lock(manager, destinationId);
      const live = await this.liveRows(manager.getRepository(DestinationSecret), [destinationId]);
      const ending = live.find((row) => row.id === id);
      if (!ending) return false;
      const next = live.find((row) => row.kind === ending.kind && row.id !== id);
      if (!next) throw new LastSecret(this.opened(ending));
      await manager.delete(DestinationSecret, { id });
      if (ending.expiresAt === null)
        await manager.update(DestinationSecret, { id: next.id }, { expiresAt: null });
      return true;
    });
  }

  /** RFC 7517 §5: the public halves, newest first, also of those that ended less than a day ago. */
  async publicKeys(destinationId: string): Promise<Record<string, unknown>[]> {
    const rows = await this.database
      .repository(DestinationSecret)
      .createQueryBuilder('row')
      .where('row.destinationId = :destinationId and row.publicJwk is not null', { destinationId })
      .andWhere('(row.expiresAt is null or row.expiresAt > :from)', { from: this.shownFrom() })
      .orderBy('row.ordinal', 'DESC')
      .getMany();
    return rows.map((row) => row.publicJwk!);
  }

  opened(row: DestinationSecret): OpenedSecret {
    const { id, kind, publicJwk, createdAt, expiresAt } = row;
    return { id, kind, publicJwk, createdAt, expiresAt, value: this.sealing.open(row.valueSealed) };
  }

  private liveRows(
    rows: Repository<DestinationSecret>,
    destinationIds: readonly string[],
  ): Promise<DestinationSecret[]> {
    return rows
      .createQueryBuilder('row')
      .where('row.destinationId = any(:destinationIds)', { destinationIds })
      .andWhere('(row.expiresAt is null or row.expiresAt > :now)', { now: this.clock.now() })
      .orderBy('row.ordinal', 'DESC')
      .getMany();
  }

  /** Those whose time is long over; or all of a kind. */
  private async forget(
    manager: EntityManager,
    destinationId: string,
    { kind, all }: { kind: SecretKind; all: boolean },
  ): Promise<void> {
    const rows = manager.createQueryBuilder().delete().from(DestinationSecret);
    await rows
      .where('destination_id = :destinationId', { destinationId })
      .andWhere('(expires_at <= :from or (kind = :kind and :all))', { from: this.shownFrom(), kind, all })
      .execute();
  }

  private shownFrom(): Date {
    return new Date(this.clock.now().getTime() - SHOWN_AFTER_END_IN_MILLISECONDS);
  }
}

const TOO_MANY = 'End one of them (DELETE …/secrets/{secret_id}), or rotate with overlap_seconds 0.';

/** Two who change the secrets of one destination come one after the other. */
async function lock(manager: EntityManager, destinationId: string): Promise<void> {
  await manager.query('select from destination where id = $1 for no key update', [destinationId]);
}
