/** One HTTP exchange: sent once and never again, with one deadline, and little of its answer read. */
import type { Dispatcher } from 'undici';
import type { HttpAnswer } from '../protocol.js';
import { isOurFailure, reasonOf, type Phase } from './reasons.js';

export type Exchange = { kind: 'answered'; answer: HttpAnswer } | Unreachable;

export interface Unreachable {
  kind: 'unreachable';
  reason: string;
  /** The failure is on our side (the proxy, our sockets): the endpoint is not blamed. */
  ours?: true;
}

/** Where a request goes in. */
export interface Line {
  readonly dispatcher: Dispatcher;
  /** Requests that wait for a connection. */
  waiting: number;
}

export interface ExchangeOptions {
  /** Name and port, for sentences. */
  host: string;
  /** For connecting, sending and reading the whole answer. */
  deadlineInMilliseconds: number;
  keptAtMostInBytes: number;
  /** Asked when there is a connection, just before the request is written to it. */
  mayGoOut?: MayGoOut | undefined;
}

/** Whether a request is still ours to send: it may have waited for its connection for seconds, or this process stood still. */
export type MayGoOut = () => boolean;

/** Enough to see what went wrong; a receiver that sends more is not listened to. */
const READ_AT_MOST_IN_BYTES = 16 * 1_024;

const utf8 = new TextDecoder();
const heardEnough = new Error('more of the answer than anybody reads');
const tooLate = new Error('the deadline has passed');
const notOurs = Object.assign(new Error('another process may have taken over: the endpoint was not asked'), {
  ours: true,
});

/** Never throws for an unwilling world. */
export function exchange(
  line: Line,
  request: Dispatcher.DispatchOptions,
  options: ExchangeOptions,
): Promise<Exchange> {
  return new Promise((done) => {
    const listener = new Listener(line, options, done);
    try {
      line.dispatcher.dispatch(request, listener);
    } catch (error) {
      listener.fail(error);
    }
  });
}

class Listener implements Dispatcher.DispatchHandler {
  private phase: Phase = 'connecting';
  private controller: Dispatcher.DispatchController | undefined;
  private head: Omit<HttpAnswer, 'excerpt'> | undefined;
  private readonly chunks: Buffer[] = [];
  private length = 0;
  private over = false;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly line: Line,
    private readonly options: ExchangeOptions,
    private readonly done: (exchange: Exchange) => void,
  ) {
    this.line.waiting += 1;
    this.timer = setTimeout(() => this.giveUp(), options.deadlineInMilliseconds);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Nobody waits any more, or it was sent already: a POST is sent once, whatever became of its connection.
    if (this.over || this.controller) return controller.abort(tooLate);
    if (this.options.mayGoOut?.() === false) return controller.abort(notOurs);
    this.controller = controller;
    this.line.waiting -= 1;
    this.phase = 'waiting';
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: AnswerHeaders): void {
    if (status < 200) return; // RFC 9110 §15.2: interim, however many
    this.phase = 'reading';
    this.head = { status, headers: flat(headers), at: new Date() };
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.length < this.options.keptAtMostInBytes) this.chunks.push(chunk);
    this.length += chunk.length;
    if (this.length <= READ_AT_MOST_IN_BYTES) return;
    this.finish();
    controller.abort(heardEnough); // destroys the socket
  }

  onResponseEnd(): void {
    this.finish();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.fail(error);
  }

  /** The receiver has decided once its status line is here: a body that breaks off, drips or never ends changes only the excerpt. */
  fail(error: unknown): void {
    if (this.head) return this.finish();
    const { host } = this.options;
    const reason = reasonOf(error, { host, phase: this.phase });
    const ours = isOurFailure(error) || (error as { ours?: unknown }).ours === true;
    this.end({ kind: 'unreachable', reason, ...(ours ? { ours } : {}) });
  }

  private finish(): void {
    if (this.head) this.end({ kind: 'answered', answer: { ...this.head, excerpt: this.excerpt() } });
    else this.fail(new Error('the exchange ended without an answer'));
  }

  private giveUp(): void {
    const { host, deadlineInMilliseconds } = this.options;
    const within = `within ${deadlineInMilliseconds / 1_000} seconds`;
    if (this.head) this.finish();
    else if (this.phase === 'connecting')
      this.end({ kind: 'unreachable', reason: `no connection to ${host} ${within}` });
    else this.end({ kind: 'unreachable', reason: `connected to ${host}, but no answer came ${within}` });
    this.controller?.abort(tooLate);
  }

  private end(exchange: Exchange): void {
    if (this.over) return;
    this.over = true;
    if (!this.controller) this.line.waiting -= 1;
    clearTimeout(this.timer);
    // The connection can be used again one turn of the loop later. Whoever was told sooner would open another one.
    queueMicrotask(() => setImmediate(() => this.done(exchange)));
  }

  private excerpt(): string {
    if (this.chunks.length === 0) return '';
    const kept = Buffer.concat(this.chunks).subarray(0, this.options.keptAtMostInBytes);
    return utf8.decode(kept).replaceAll('\u0000', '\ufffd');
  }
}

type AnswerHeaders = Record<string, string | string[] | undefined>;

function flat(headers: AnswerHeaders): Record<string, string> {
  const lines: Record<string, string> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name] ?? '';
    lines[name.toLowerCase()] = typeof value === 'string' ? value : value.join(', ');
  }
  return lines;
}
