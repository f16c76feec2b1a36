/** A hub that does all that a hub, and whatever stands in between, must not do: it repeats, leaves out, fails and hangs up. */
import { createHmac } from 'node:crypto';
import type { AnyEvent } from '../../events.js';
import type { WebhookRequest } from '../../webhooks/request.js';
import type { Dice } from './dice.js';

/** An HTTP server that answers as it is told. */
export interface Answering {
  readonly url: string;
  readonly received: readonly { path: string }[];
  answers(answer: (request: { path: string }) => Answer): void;
  close(): Promise<void>;
}

interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  hangUp?: boolean;
}

export interface Mood {
  /** How often a request fails. */
  failures: number;
  /** How often a page repeats something old. */
  repetitions: number;
  /** How often an event is left out of the next pages in which it should be. */
  holes: number;
  /** It says in `list_metadata.cursor` how far it has looked. */
  tellsCursor: boolean;
}

const GENTLE: Mood = { failures: 0, repetitions: 0, holes: 0, tellsCursor: false };

const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const HIDDEN_AT_MOST = 3;

export class HostileFeed {
  readonly log: AnyEvent[] = [];
  readonly secret = SECRET;
  private readonly hidden = new Map<string, number>();
  private readonly sequences = new Map<string, number>();

  readonly mood: Mood;

  constructor(
    private readonly server: Answering,
    private readonly dice: Dice,
    mood: Partial<Mood> = {},
  ) {
    this.mood = { ...GENTLE, ...mood };
    server.answers((request) => this.answer(request));
  }

  get url(): string {
    return this.server.url;
  }

  get requests(): readonly { path: string }[] {
    return this.server.received;
  }

  close(): Promise<void> {
    return this.server.close();
  }

  /** Something happens in a directory. Some numbers are left out: what has them has no published form. */
  append(directoryId: string): AnyEvent {
    const sequence = (this.sequences.get(directoryId) ?? 0) + 1 + this.dice.below(2);
    this.sequences.set(directoryId, sequence);
    const number = String(this.log.length + 1).padStart(6, '0');
    const event: AnyEvent = {
      object: 'event',
      id: `event_${number}`,
      event: 'dsync.user.updated',
      data: {
        object: 'directory_user',
        id: 'directory_user_1',
        directory_id: directoryId,
        organization_id: 'org_1',
      },
      created_at: new Date().toISOString(),
      context: { sequence, cause: 'UserProfileChanged', request_id: `req_${number}` },
    };
    this.log.push(event);
    if (this.dice.chance(this.mood.holes)) this.hidden.set(event.id, 1 + this.dice.below(HIDDEN_AT_MOST));
    return event;
  }

  /** As the hub would send it: with the number of the one that this endpoint was told before. */
  webhookOf(event: AnyEvent): WebhookRequest {
    const directory = event.data['directory_id' as never] as string;
    const earlier = this.log.filter((each) => each.data['directory_id' as never] === directory);
    const before = earlier[earlier.indexOf(event) - 1];
    const context = { ...event.context, previous_sequence: before?.context.sequence ?? null };
    return signed({ ...event, context });
  }

  private answer({ path }: { path: string }): Answer {
    if (this.dice.chance(this.mood.failures)) return this.dice.pick([{ hangUp: true }, { status: 503 }]);
    const query = new URL(path, this.url).searchParams;
    const after = query.get('after');
    const directory = query.get('directory');
    const limit = Number(query.get('limit') ?? 10);
    const from = after === null ? 0 : this.log.findIndex(({ id }) => id === after) + 1;
    if (after !== null && from === 0) return refusal(after);
    const rest = this.log
      .slice(from)
      .filter(({ data }) => directory === null || data['directory_id' as never] === directory);
    const page = rest.slice(0, limit);
    const shown = page.filter(({ id }) => !this.hides(id));
    const data = this.withRepetitions(shown, from);
    const more = rest.length > limit;
    const cursor = page.at(-1)?.id ?? after;
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        object: 'list',
        data,
        list_metadata: {
          before: null,
          after: more ? (cursor ?? null) : null,
          ...(this.mood.tellsCursor ? { cursor } : {}),
        },
      }),
    };
  }

  private hides(id: string): boolean {
    const times = this.hidden.get(id) ?? 0;
    if (times > 0) this.hidden.set(id, times - 1);
    return times > 0;
  }

  private withRepetitions(shown: AnyEvent[], from: number): AnyEvent[] {
    if (!this.dice.chance(this.mood.repetitions)) return shown;
    const old = this.log[this.dice.below(from)];
    const twice = shown.flatMap((event) => (this.dice.chance(0.3) ? [event, event] : [event]));
    return old === undefined ? twice : this.dice.chance(0.5) ? [old, ...twice] : [...twice, old];
  }
}

function refusal(after: string): Answer {
  const code = after === 'event_expired' ? 'cursor_expired' : 'invalid_cursor';
  const body = { message: 'Not any more.', code, restart: { oldest: 'event_000001' } };
  return { status: 400, body: JSON.stringify(body) };
}

export function signed(body: object): WebhookRequest {
  const text = JSON.stringify(body);
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`event_x.${timestamp}.${text}`).digest('base64');
  const headers = {
    'webhook-id': 'event_x',
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
  return { headers, body: text };
}
