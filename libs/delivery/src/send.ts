/** The only file that speaks HTTP to strangers: no redirects, one deadline, little of the answer, no private networks. */
import { Agent, request, type Dispatcher } from 'undici';
import type { AddressGuard } from './address-guard.js';
import type { HttpAnswer, HttpRequest } from './protocol.js';

export type Exchange = { kind: 'answered'; answer: HttpAnswer } | { kind: 'unreachable'; reason: string };

/** Never throws for an unwilling world. */
export type Send = (request: HttpRequest) => Promise<Exchange>;

export interface SenderOptions {
  guard: AddressGuard;
  /** For the header `User-Agent: Rollcall/<version>`. */
  version: string;
  /** For connecting, sending and reading the whole answer. */
  deadlineInMilliseconds?: number;
}

const DEADLINE_IN_MILLISECONDS = 20_000;
const CONNECT_TIMEOUT_IN_MILLISECONDS = 5_000;
const HEADERS_TIMEOUT_IN_MILLISECONDS = 15_000;
/** Enough to see what went wrong; a receiver that sends more is not listened to. */
const ANSWER_AT_MOST_IN_BYTES = 16 * 1_024;
const EXCERPT_AT_MOST_IN_BYTES = 2 * 1_024;
const REASON_AT_MOST_IN_CHARACTERS = 300;
const KEEP_ALIVE_IN_MILLISECONDS = 10_000;

export class HttpSender {
  private readonly secure: Agent;
  /** Plain HTTP has its own sockets: they may lead into networks that the operator named, and nowhere else. */
  private readonly plain: Agent;
  private readonly deadlineInMilliseconds: number;

  constructor(private readonly options: SenderOptions) {
    this.secure = agent(options.guard, { plain: false });
    this.plain = agent(options.guard, { plain: true });
    this.deadlineInMilliseconds = options.deadlineInMilliseconds ?? DEADLINE_IN_MILLISECONDS;
  }

  readonly send: Send = async ({ method, url, headers, body }) => {
    // Cleared with the answer: `AbortSignal.timeout` costs three times as much and lives for the whole deadline, tens of
    // thousands of them under load.
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), this.deadlineInMilliseconds);
    try {
      const { hostname, protocol } = new URL(url);
      const plain = protocol === 'http:';
      // A literal address is connected to without a lookup, so it is checked here.
      if (/^[\d[]/.test(hostname)) await this.options.guard.addressesOf(hostname, { plain });
      const response = await request(url, {
        method,
        headers: { 'user-agent': `Rollcall/${this.options.version}`, ...headers },
        body,
        dispatcher: plain ? this.plain : this.secure,
        signal: deadline.signal,
      });
      const at = new Date();
      const excerpt = await excerptOf(response.body);
      return {
        kind: 'answered',
        answer: { status: response.statusCode, headers: flat(response.headers), excerpt, at },
      };
    } catch (error) {
      return { kind: 'unreachable', reason: this.reasonOf(error, deadline.signal) };
    } finally {
      clearTimeout(timer);
    }
  };

  async close(): Promise<void> {
    await Promise.all([this.secure.destroy(), this.plain.destroy()]);
  }

  /** A sentence for the attempts page: what the network said, never what we sent. */
  private reasonOf(error: unknown, deadline: AbortSignal): string {
    if (deadline.aborted) return `no complete answer within ${this.deadlineInMilliseconds / 1_000} seconds`;
    const { message, code } = firstOf(error);
    if (!message) return 'the connection failed';
    const sentence = code && !message.includes(code) ? `${message} (${code})` : message;
    return sentence.replaceAll('\u0000', ' ').slice(0, REASON_AT_MOST_IN_CHARACTERS);
  }
}

/** A host with several addresses fails with one error for each; the first says enough. */
function firstOf(error: unknown): { message?: string; code?: string } {
  const { errors } = error as { errors?: unknown[] };
  return (errors?.[0] ?? error) as { message?: string; code?: string };
}

function agent(guard: AddressGuard, { plain }: { plain: boolean }): Agent {
  return new Agent({
    connect: {
      lookup: guard.lookup({ plain }),
      timeout: CONNECT_TIMEOUT_IN_MILLISECONDS,
      minVersion: 'TLSv1.2',
    },
    // No limit for each origin: many destinations may live on one host, and one that hangs must not queue the others.
    // How many requests one destination has in flight is the engine's limit.
    connections: null,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_IN_MILLISECONDS,
    headersTimeout: HEADERS_TIMEOUT_IN_MILLISECONDS,
    bodyTimeout: HEADERS_TIMEOUT_IN_MILLISECONDS,
  });
}

/**
 * The first bytes of the body. The receiver has decided once its status line is here, so a body that breaks off, drips
 * past the deadline or never ends changes nothing but the excerpt.
 */
async function excerptOf(body: Dispatcher.ResponseData['body']): Promise<string> {
  const kept: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      kept.push(chunk);
      length += chunk.length;
      if (length > ANSWER_AT_MOST_IN_BYTES) break; // leaving the loop destroys the stream, and its socket with it
    }
  } catch {
    // What came before is what there is.
  }
  const excerpt = Buffer.concat(kept).subarray(0, EXCERPT_AT_MOST_IN_BYTES);
  return new TextDecoder().decode(excerpt).replaceAll('\u0000', '\ufffd');
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value ?? ''].flat().join(', ')]),
  );
}
