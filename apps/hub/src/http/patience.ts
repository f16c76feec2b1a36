/** How long somebody waits for an answer that comes when there is something to tell. */
import type { FastifyReply } from 'fastify';

/**
 * Ends when the caller goes, or has waited long enough. The timer holds on to the signal: one that is made of `AbortSignal.timeout` by
 * `AbortSignal.any` may be collected as garbage before its time, and whoever waits by it then waits for ever.
 */
export function patienceOf({ raw }: Pick<FastifyReply, 'raw'>, milliseconds: number): AbortSignal {
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), milliseconds);
  raw.once('close', () => {
    clearTimeout(timer);
    end.abort();
  });
  return end.signal;
}
