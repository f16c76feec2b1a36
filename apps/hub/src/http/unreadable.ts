/**
 * What cannot be read as HTTP never becomes a request: nobody knows who asks, or which API. The answer holds the words of both, so that a filter
 * that is too long for a URL is told to its sender and not only dropped.
 */
import type { Socket } from 'node:net';
import { newId, type Observations } from '@app/runtime';
import { scimErrorBody } from '@app/scim';

interface Refusal {
  status: number;
  reason: string;
  code: string;
  detail: string;
}

const MALFORMED: Refusal = {
  status: 400,
  reason: 'Bad Request',
  code: 'malformed_request',
  detail: 'The request is not HTTP that can be read. Look at its first line and its headers.',
};

/** By the codes that Node.js gives such errors. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    reason: 'Request Header Fields Too Large',
    code: 'headers_too_large',
    detail: 'The URL and the headers together are too large. Send a shorter filter, or fewer headers.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    reason: 'Request Timeout',
    code: 'request_timeout',
    detail: 'The request did not arrive in time. Send it again.',
  },
};

/** For the server's `clientError`; the connection is closed, since what follows on it cannot be read either. */
export function answerUnreadable(
  error: NodeJS.ErrnoException,
  socket: Socket,
  observations: Observations,
): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const { status, reason, code, detail } = REFUSALS[error.code ?? ''] ?? MALFORMED;
  const requestId = newId('req', new Date());
  observations.debug('request refused', { requestId, status, error });
  if (!socket.writable) return void socket.destroy();
  const body = JSON.stringify({ ...scimErrorBody({ status, detail }), message: detail, code });
  const head = [
    `HTTP/1.1 ${status} ${reason}`,
    'content-type: application/scim+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
