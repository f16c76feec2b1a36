/**
 * Trace ids that nobody has to carry about: hub and worker make the same one from the id of a request, which every
 * event has. So a delivery attempt, days later in another process, belongs to the trace of the request that caused it.
 */
import { createHash } from 'node:crypto';

export interface TracePlace {
  /** 16 bytes in hexadecimal, as W3C Trace Context §3.2.2.3 wants it. */
  traceId: string;
  /** 8 bytes in hexadecimal: §3.2.2.4. */
  spanId: string;
}

/** @param id of a request or of a slice of work; ids are unique, so are the places. */
export function tracePlaceOf(id: string): TracePlace {
  const digest = createHash('sha256').update(`rollcall trace ${id}`).digest('hex');
  return { traceId: digest.slice(0, 32), spanId: digest.slice(32, 48) };
}

const REQUEST_ID = /^req_[0-9A-HJKMNP-TV-Z]{26}$/;

/** The trace id of a request; undefined for what no request caused, such as a purge. */
export function traceIdOfRequest(requestId: string): string | undefined {
  return REQUEST_ID.test(requestId) ? tracePlaceOf(requestId).traceId : undefined;
}
