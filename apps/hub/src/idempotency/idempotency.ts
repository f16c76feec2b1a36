/**
 * `Idempotency-Key` on POST: who sends a request again, not knowing what became of it, gets the answer of the first time and nothing
 * is done twice. Kept in PostgreSQL, since the second request may reach another hub; sealed, since answers hold secrets.
 */
import { createHash, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Clock, Database, Observations, Sealing } from '@app/runtime';
import type { ApiKey } from '@app/tenancy';
import { ApiError } from '../consumer/api-error.js';
import { invalid } from '../consumer/validation.js';
import { routeOf } from '../http/server.js';
import type { Claim, ClaimedRequest } from './claimed-request.js';
import { Replayed } from './replayed.js';

const KEPT_IN_SECONDS = 86_400;
/** Longer than any request may take: the hub that has not answered by then was lost, and nobody knows how far it came. */
const CLAIMED_IN_SECONDS = 90;
const KEY_MOST = 255;
const ANSWER_BYTES_MOST = 1_048_576;
const REMOVED_AT_ONCE = 1_000;
/** Done twice they are as good as once, and their answers must be true now: who has left since is not let in. */
const ALWAYS_ANEW = new Set(['/api_keys/validations', '/sign_in_checks']);

interface Kept {
  request_hash: Buffer;
  claimed_until: Date;
  status: number | null;
  body_sealed: string | null;
}

@Injectable()
export class Idempotency {
  constructor(
    private readonly database: Database,
    private readonly sealing: Sealing,
    private readonly clock: Clock,
    private readonly observations: Observations,
  ) {}

  /** Keeps the answers of claimed requests before they are sent. */
  attach(fastify: FastifyInstance): void {
    fastify.addHook('onSend', async (request, reply, payload) => {
      const { idempotencyClaim: claim } = request as ClaimedRequest;
      if (claim) await this.settle(claim, reply, payload);
      return payload;
    });
  }

  /**
   * To be called when it is known who asks, and before anything is done.
   * @throws Replayed, or ApiError 409 while the first one is being answered and when nobody will ever know what became of it, 422 for
   * another request with the same key.
   */
  async begin(request: FastifyRequest, { id: apiKeyId }: Pick<ApiKey, 'id'>): Promise<void> {
    const key = [request.headers['idempotency-key'] ?? []].flat().at(-1);
    const route = routeOf(request);
    // What is read as it comes in is not held to be compared.
    if (!key || request.method !== 'POST' || ALWAYS_ANEW.has(route) || isStream(request.body)) return;
    if (key.length > KEY_MOST) {
      const message = `Idempotency-Key must have at most ${KEY_MOST} characters`;
      throw invalid([{ field: 'Idempotency-Key', code: 'too_long', message }]);
    }
    const hash = createHash('sha256')
      .update(JSON.stringify([request.url, request.body ?? null]))
      .digest();
    const claim: Claim = { apiKeyId, route, key, id: randomUUID(), until: this.in(KEPT_IN_SECONDS) };
    // The row that stood in the way can be gone when it is looked at.
    for (let tries = 0; tries < 3; tries++) {
      if (await this.claimed(claim, hash)) {
        (request as ClaimedRequest).idempotencyClaim = claim;
        return;
      }
      const kept = await this.kept(claim);
      if (kept) throw this.answerOf(kept, hash);
    }
    throw inProgress();
  }

  private async claimed(claim: Claim, hash: Buffer): Promise<boolean> {
    const { apiKeyId, route, key, id, until } = claim;
    const rows = await this.database.rows(
      `insert into idempotent_request as r (api_key_id, route, key, request_hash, claim, claimed_until, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (api_key_id, route, key) do update
         set request_hash = excluded.request_hash, claim = excluded.claim, claimed_until = excluded.claimed_until,
             expires_at = excluded.expires_at, status = null, body_sealed = null
       where r.expires_at <= $8
       returning claim`,
      [apiKeyId, route, key, hash, id, this.in(CLAIMED_IN_SECONDS), until, this.clock.now()],
    );
    return rows.length > 0;
  }

  private async kept({ apiKeyId, route, key }: Claim): Promise<Kept | undefined> {
    const [kept] = await this.database.rows<Kept>(
      `select request_hash, claimed_until, status, body_sealed from idempotent_request
        where api_key_id = $1 and route = $2 and key = $3`,
      [apiKeyId, route, key],
    );
    return kept;
  }

  private answerOf({ request_hash: hash, claimed_until: until, ...kept }: Kept, now: Buffer): Error {
    if (!hash.equals(now)) {
      const message =
        'This Idempotency-Key was used for another request. Send each request with a key of its own.';
      return new ApiError(422, 'idempotency_error', message);
    }
    const { status, body_sealed: body } = kept;
    if (status === null) return until > this.clock.now() ? inProgress() : outcomeUnknown();
    return new Replayed(status, body === null ? null : this.sealing.open(body));
  }

  /** Who was refused has changed nothing, and may try again with the same key. */
  private async settle(claim: Claim, { statusCode: status }: FastifyReply, payload: unknown): Promise<void> {
    const body = payload === undefined || payload === null ? '' : textOf(payload);
    const keep =
      status < 400 && body !== undefined && Buffer.byteLength(body) <= ANSWER_BYTES_MOST
        ? { status, sealed: body === '' ? null : this.sealing.seal(body) }
        : undefined;
    const { apiKeyId, route, key, id, until } = claim;
    const mine = [apiKeyId, route, key, id];
    const where = 'where api_key_id = $1 and route = $2 and key = $3 and claim = $4';
    try {
      await (keep
        ? this.database.rows(
            `update idempotent_request set status = $5, body_sealed = $6, expires_at = $7 ${where}`,
            [...mine, keep.status, keep.sealed, until],
          )
        : this.database.rows(`delete from idempotent_request ${where}`, mine));
    } catch (error) {
      // The request is done all the same; who repeats it hears that it is in progress, and later that nobody knows.
      this.observations.warn('an answer was not kept under its Idempotency-Key', { route, error });
    }
  }

  /** Removes what is over, some at a time. @returns how many. */
  async forgetExpired(): Promise<number> {
    const rows = await this.database.rows(
      `delete from idempotent_request where (api_key_id, route, key) in (
         select api_key_id, route, key from idempotent_request where expires_at <= $1 limit $2 for update skip locked)
       returning key`,
      [this.clock.now(), REMOVED_AT_ONCE],
    );
    return rows.length;
  }

  private in(seconds: number): Date {
    return new Date(this.clock.now().getTime() + seconds * 1_000);
  }
}

function inProgress(): ApiError {
  const message = 'A request with this Idempotency-Key is being answered. Ask again in a second.';
  return new ApiError(409, 'idempotency_in_progress', message, undefined, { retryAfterInSeconds: 1 });
}

/** Doing it again could do it twice, and saying that it was done could be wrong. */
function outcomeUnknown(): ApiError {
  const message =
    'The hub ended before it answered the first request with this Idempotency-Key: whether it was carried out is not known. ' +
    'Look whether what it should have made is there. If it is not, send the request again with a new key.';
  return new ApiError(409, 'idempotency_outcome_unknown', message);
}

function isStream(body: unknown): boolean {
  return typeof (body as { pipe?: unknown } | null | undefined)?.pipe === 'function';
}

/** @returns undefined for what is sent as it is made. */
function textOf(payload: unknown): string | undefined {
  if (typeof payload === 'string') return payload;
  return Buffer.isBuffer(payload) ? payload.toString('utf8') : undefined;
}
