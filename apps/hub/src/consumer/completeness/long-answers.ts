/** Answers that take long: so many at a time, none for ever, and none behind a hub that wants to stop. */
import { Readable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import { Injectable, StreamableFile, type BeforeApplicationShutdown } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Observations, type PictureLimits } from '@app/runtime';
import { ApiError } from '../api-error.js';
import { CompletenessSettings } from './completeness-settings.js';
import { Places } from './places.js';

export const NDJSON = 'application/x-ndjson; charset=utf-8';

/** The caller did not take what it asked for. Its connection is closed, and nothing else can be told it. */
class CutOff extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'CutOff';
  }
}

@Injectable()
export class LongAnswers implements BeforeApplicationShutdown {
  private readonly open = new Set<Readable>();
  private readonly streams: Places;
  private readonly digests: Places;

  constructor(
    private readonly settings: CompletenessSettings,
    private readonly observations: Observations,
  ) {
    this.streams = new Places(settings.atOnce, 'snapshots and comparisons');
    this.digests = new Places(settings.atOnce, 'digests');
  }

  /** For the transaction that an answer is read from. */
  get limits(): PictureLimits {
    const { mostInMilliseconds, takenWithinInMilliseconds } = this.settings;
    // A caller who is slow is cut off before the server loses patience with us.
    return {
      statementInMilliseconds: mostInMilliseconds,
      silentInMilliseconds: 3 * takenWithinInMilliseconds,
    };
  }

  /** @returns the only part of what is read. @throws ApiError 503 */
  async digest<T>(parts: AsyncGenerator<T>): Promise<T> {
    const leave = this.digests.enter();
    try {
      const { value } = await parts.next();
      return value as T;
    } catch (error) {
      throw understood(error);
    } finally {
      await parts.return(undefined).finally(leave);
    }
  }

  /**
   * The lines as a body, compressed for whoever can read that.
   * @param lines begun when there is a place. What fails before its first part is answered like any other error.
   * @throws ApiError 503
   */
  async stream(
    lines: AsyncGenerator<string>,
    { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  ): Promise<StreamableFile> {
    const leave = this.streams.enter();
    const first = await lines.next().catch((error: unknown) => {
      leave();
      throw understood(error);
    });
    if (request.method === 'HEAD') {
      await lines.return(undefined).finally(leave);
      return new StreamableFile(Buffer.alloc(0), { type: NDJSON });
    }
    const body = this.bounded(resumed(first, lines), request.id);
    body.once('close', () => {
      this.open.delete(body);
      // Whatever became of the stream, also one that nobody began to read: what it was read from is let go.
      void lines
        .return(undefined)
        .catch(() => undefined)
        .finally(leave);
    });
    this.open.add(body);
    void reply.header('vary', 'accept-encoding');
    return new StreamableFile(compressed(body, { request, reply }), { type: NDJSON });
  }

  beforeApplicationShutdown(): void {
    for (const stream of this.open) stream.destroy(new CutOff('the hub stops'));
  }

  /** A stream that is destroyed when a part of it is not taken in time, or all of it takes too long. */
  private bounded(parts: AsyncGenerator<string>, requestId: string): Readable {
    const { mostInMilliseconds, takenWithinInMilliseconds } = this.settings;
    let patience: NodeJS.Timeout | undefined;
    const cutOff = (why: string): void => {
      this.observations.warn('long answer cut off', { requestId, why });
      stream.destroy(new CutOff(why));
    };
    const watched = async function* (): AsyncGenerator<string> {
      for await (const part of parts) {
        patience = setTimeout(cutOff, takenWithinInMilliseconds, 'the caller does not read');
        yield part;
        clearTimeout(patience);
      }
    };
    const stream = Readable.from(watched(), { objectMode: false });
    const end = setTimeout(cutOff, mostInMilliseconds, 'it took longer than ROLLCALL_SNAPSHOT_SECONDS');
    // Its error is told to whoever reads it.
    return stream
      .on('error', () => undefined)
      .once('close', () => {
        clearTimeout(patience);
        clearTimeout(end);
      });
  }
}

const QUERY_CANCELED = '57014';

/** PostgreSQL ended a statement that took as long as a whole answer may. */
function understood(error: unknown): unknown {
  if ((error as { code?: unknown } | null)?.code !== QUERY_CANCELED) return error;
  const message =
    'It took longer than the operator allows (ROLLCALL_SNAPSHOT_SECONDS). Send the same request again when there is less to do.';
  return new ApiError(503, 'took_too_long', message, undefined, { retryAfterInSeconds: 60 });
}

async function* resumed<T>(first: IteratorResult<T>, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}

function compressed(
  body: Readable,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): Readable {
  if (!acceptsGzip(request.headers['accept-encoding'])) return body;
  void reply.header('content-encoding', 'gzip');
  // The fastest level leaves a tenth; a better one would cost more time than the network takes.
  const gzip = createGzip({ level: constants.Z_BEST_SPEED });
  body.once('error', (error) => gzip.destroy(error));
  gzip.once('close', () => body.destroy());
  return body.pipe(gzip);
}

/** RFC 9110 §12.5.3; a weight of zero means "not this one". */
export function acceptsGzip(header: string | string[] | undefined): boolean {
  const wishes = String(header ?? '').split(',');
  return wishes.some((wish) => {
    const [coding = '', ...parameters] = wish.split(';').map((part) => part.trim().toLowerCase());
    return coding === 'gzip' && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}
