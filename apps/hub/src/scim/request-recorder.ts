/** Tells the request log of every SCIM request that has been answered, if it came from somebody who is known. */
import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RequestLog } from '@app/request-log';
import { dialectOf } from '@app/scim';
import { Admission, type Admitted } from '../access/admission.js';
import { pathOf, SCIM_PREFIX, type SizedRequest } from '../http/server.js';
import type { ScimRequest } from './directory-token.guard.js';
import { notesOf } from './request-notes.js';

/** What the steps before have left with the request; one that was refused early has little of it. */
type Watched = SizedRequest & Partial<Pick<ScimRequest, keyof Admitted | 'notes'>>;

const NEVER_ANSWERED = 'The connection was closed before the answer was sent.';

@Injectable()
export class RequestRecorder {
  private readonly recording = new Set<Promise<void>>();
  private readonly watched = new WeakSet<FastifyRequest>();

  constructor(
    private readonly log: RequestLog,
    private readonly admission: Admission,
  ) {}

  attach(fastify: FastifyInstance): void {
    if (!this.log.enabled) return;
    fastify.addHook('onSend', (request, reply, payload, next) => {
      this.watch(request, reply);
      next(null, payload);
    });
  }

  /** To be called when it is decided what is answered; what is recorded is what was answered in the end. */
  watch(request: FastifyRequest, reply: FastifyReply): void {
    if (!this.log.enabled || !isScim(request) || this.watched.has(request)) return;
    this.watched.add(request);
    const record = (): void => {
      const recorded = this.record(request, reply).finally(() => this.recording.delete(recorded));
      this.recording.add(recorded);
    };
    // An identity provider that has lost its patience is gone by now; what it asked for was done all the same.
    if (reply.raw.destroyed) record();
    else reply.raw.once('close', record);
  }

  /** Waits for what is still to be told to the log, and closes it. */
  async close(): Promise<void> {
    await Promise.all(this.recording);
    await this.log.close();
  }

  private async record(request: Watched, reply: FastifyReply): Promise<void> {
    const duration = reply.elapsedTime;
    // Refused before its turn came, because of its path or its body. Strangers stay out: they must not fill the log.
    const { directory, tokenId } = request;
    const admitted = directory && tokenId ? { directory, tokenId } : await this.admission.ownerOf(request);
    if (admitted) this.keep(request, reply, { ...admitted, duration });
  }

  private keep(
    request: Watched,
    reply: FastifyReply,
    { directory, tokenId, duration }: Admitted & { duration: number },
  ): void {
    const notes = notesOf(request);
    const { refusal } = notes;
    this.log.keep({
      id: request.id,
      directoryId: directory.id,
      organizationId: directory.organizationId,
      tokenId,
      method: request.method,
      url: request.url,
      userAgent: request.headers['user-agent'],
      body: request.body,
      bodyBytes: request.bodyBytes ?? announcedBytesOf(request),
      dialect: dialectOf(directory.type),
      ...notes.summary(),
      status: reply.statusCode,
      scimType: refusal?.scimType,
      detail: refusal?.detail ?? (reply.raw.writableFinished ? undefined : NEVER_ANSWERED),
      durationInMilliseconds: duration,
      events: notes.events,
    });
  }
}

/** A path can be written in many ways, `//scim/…` or `/%73cim/…`; a route has one. Where there is no route, the path must do. */
function isScim(request: FastifyRequest): boolean {
  return [request.routeOptions?.url, pathOf(request)].some((path) => path?.startsWith(SCIM_PREFIX));
}

/** Of a body that was not read, because it is too large or of a type that nobody here reads. */
function announcedBytesOf({ headers }: FastifyRequest): number | undefined {
  const bytes = Number(headers['content-length'] ?? NaN);
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}
