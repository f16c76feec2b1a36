/**
 * The hash chain of a directory: each event's digest covers its own words and the digest before it, so that a changed,
 * missing or added row shows. The position is not covered: it is given last, when the digest is already made.
 */
import { createHash } from 'node:crypto';

export interface Link {
  directoryId: string;
  organizationId: string;
  sequence: number;
  type: string;
  subjects: string[];
  /** The JSON texts as they are stored, not values: two texts of one value would give two digests. */
  data: string;
  previous: string | null;
  requestId: string;
  occurredAt: string;
}

/** What the first event of a directory is linked to. */
export const CHAIN_START: Buffer = Buffer.alloc(32);

export function linked(before: Buffer, link: Link): Buffer {
  const hash = createHash('sha256').update(before);
  const parts = [
    link.directoryId,
    link.organizationId,
    String(link.sequence),
    link.type,
    JSON.stringify(link.subjects), // not joined: one subject with a space in it would read like two
    link.data,
    link.previous ?? '',
    link.requestId,
    link.occurredAt,
  ];
  // Each part with its length, so that no two lists of parts read alike.
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
  return hash.digest();
}
