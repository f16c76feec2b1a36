/** Assertions that clients have shown: each is good for one token only, on whichever process. RFC 7523 §3, number 7 */
import type { Tx } from '@app/runtime';

export interface SpentAssertion {
  /** Hash of its `jti`. */
  jtiHash: Buffer;
  /** Until when it must be remembered. */
  until: Date;
}

/** The token, which is not kept; or why there is none. */
export type Issued = { token: string } | { refused: 'assertion spent' | 'client gone' };

/**
 * For the transaction that issues a token: notes that the client is used, and spends what it has shown.
 * @returns why there must be no token; undefined when there may be one.
 */
export async function refusalToIssue(
  tx: Tx,
  clientId: string,
  { now, assertion }: { now: Date; assertion: SpentAssertion | undefined },
): Promise<Extract<Issued, { refused: unknown }> | undefined> {
  const there = await tx.rows('update oauth_client set last_used_at = $2 where id = $1 returning 1', [
    clientId,
    now,
  ]);
  if (there.length === 0) return { refused: 'client gone' };
  if (!assertion) return undefined;
  const spent = await tx.rows(
    `insert into oauth_spent_assertion (client_id, jti_hash, expires_at) values ($1, $2, $3)
     on conflict do nothing returning 1`,
    [clientId, assertion.jtiHash, assertion.until],
  );
  return spent.length > 0 ? undefined : { refused: 'assertion spent' };
}
