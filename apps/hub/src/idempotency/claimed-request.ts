/** What a request carries whose answer will be kept under its Idempotency-Key. */
import type { FastifyRequest } from 'fastify';

export interface Claim {
  apiKeyId: string;
  route: string;
  key: string;
  /** Of this turn: who was given up on meanwhile does not write over another's answer. */
  id: string;
  /** The answer is good no longer than until then. */
  until: Date;
}

export interface ClaimedRequest extends FastifyRequest {
  idempotencyClaim?: Claim;
}

/** The answer holds what is over then: a later request with the same key is a new one. */
export function answerUntil(request: FastifyRequest, end: Date): void {
  const { idempotencyClaim: claim } = request as ClaimedRequest;
  if (claim && end < claim.until) claim.until = end;
}
