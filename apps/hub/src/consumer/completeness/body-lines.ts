/** The lines of a body as they come in, however many: a chunk's worth at a time, each of bounded length. */
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';
import type { FastifyRequest } from 'fastify';
import { ApiError } from '../api-error.js';

const LINE_CHARACTERS_AT_MOST = 4_096;
/** After decompression. A million people in three million memberships are half of it. */
const BYTES_AT_MOST = 1_024 * 1_024 * 1_024;

/**
 * The body's lines. If they are not taken to their end, `discardRest` has to follow, or the caller could not read the answer.
 * @throws ApiError 413, 415, 422
 */
export async function* bodyLines(body: Readable, encoding: string | undefined): AsyncGenerator<string[]> {
  const decoder = new StringDecoder('utf8');
  let [rest, bytes] = ['', 0];
  // Ending the loop early must not close the connection that the answer goes out on.
  const chunks = decompressed(body, encoding).iterator({ destroyOnReturn: false });
  for await (const chunk of readably(chunks as AsyncIterable<Buffer>)) {
    bytes += chunk.length;
    if (bytes > BYTES_AT_MOST) throw tooLarge(`more than ${BYTES_AT_MOST} bytes`);
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop()!;
    if (lines.some(isTooLong) || isTooLong(rest)) throw lineTooLong();
    if (lines.length > 0) yield lines;
  }
  rest += decoder.end();
  if (rest !== '') yield [rest];
}

async function* readably(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* chunks;
  } catch (error) {
    if (!String((error as { code?: unknown }).code).startsWith('Z_')) throw error;
    throw new ApiError(
      400,
      'invalid_content_encoding',
      'The body is not what gzip makes, or ends too early.',
    );
  }
}

/** Reads what is left of a body and forgets it; the server's limit on the time of a request bounds it. */
export async function discardRest(body: Readable): Promise<void> {
  if (body.readableEnded || body.destroyed) return;
  body.unpipe();
  body.resume();
  await once(body, 'close').catch(() => undefined);
}

function decompressed(body: Readable, encoding: string | undefined): Readable {
  switch (encoding?.trim().toLowerCase()) {
    case undefined:
    case '':
    case 'identity':
      return body;
    case 'gzip': {
      const gunzip = createGunzip();
      body.once('error', (error) => gunzip.destroy(error));
      return body.pipe(gunzip);
    }
    default:
      throw new ApiError(
        415,
        'unsupported_content_encoding',
        'Send the body as it is, or with "Content-Encoding: gzip".',
      );
  }
}

/** The body of a request that was passed on unread. @throws ApiError 415 for any other one */
export function unreadBody({ body }: FastifyRequest): Readable {
  if (body instanceof Readable) return body;
  throw new ApiError(
    415,
    'unsupported_media_type',
    'Send what you hold as one JSON value a line, with "Content-Type: application/x-ndjson".',
  );
}

export function tooLarge(what: string): ApiError {
  return new ApiError(
    413,
    'body_too_large',
    `The body has ${what}. Compare one kind at a time (?kinds=users).`,
  );
}

function isTooLong(line: string): boolean {
  return line.length > LINE_CHARACTERS_AT_MOST;
}

function lineTooLong(): ApiError {
  const message = `A line has more than ${LINE_CHARACTERS_AT_MOST} characters. Send only "object", "id" and "updated_at" of each thing.`;
  return new ApiError(422, 'invalid_request_parameters', message);
}
