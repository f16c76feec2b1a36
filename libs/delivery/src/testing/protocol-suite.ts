/** What every protocol has to stand: `describeProtocol(protocol, examples)` in the protocol's own spec. */
import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@app/directory';
import { parseSettings } from '../parse-settings.js';
import type {
  ComposeContext,
  HttpAnswer,
  HttpRequest,
  OpenedSecret,
  Outcome,
  Protocol,
  SigningOptions,
} from '../protocol.js';

export interface ProtocolExamples {
  /** As a person would post them. */
  settings: Record<string, unknown>;
  eventTypes?: string[];
  /** Without them: a protocol that signs with the installation's key. */
  secrets?: readonly OpenedSecret[];
  wanted: RecordedEvent[];
  unwanted: RecordedEvent[];
  /** Where its reading of an answer differs from the common one. */
  reads?: [status: number, kind: Outcome['kind']][];
  /** What a receiver recognises a repetition by, for example a header; undefined where attempts are idempotent. */
  identityOf?: (request: HttpRequest) => string | undefined;
  /**
   * What a receiver reads in a body, without what is meant to be new in each attempt (the id and the times of a token); the
   * body itself unless given.
   */
  says?: (request: HttpRequest) => unknown;
}

/** Standard Webhooks advises 20 kB; a person with many attributes may be more, but nobody takes a megabyte. */
const BODY_AT_MOST_IN_BYTES = 256 * 1_024;

const COMMON: [status: number, kind: Outcome['kind']][] = [
  [200, 'delivered'],
  [202, 'delivered'],
  [204, 'delivered'],
  [301, 'refused'],
  [307, 'refused'],
  [400, 'refused'],
  [401, 'refused'],
  [404, 'refused'],
  [410, 'refused'],
  [422, 'refused'],
  [429, 'refused'],
  [500, 'refused'],
  [503, 'refused'],
];

export function describeProtocol<Settings extends object>(
  protocol: Protocol<Settings>,
  examples: ProtocolExamples,
): void {
  const settings = parseSettings(protocol, examples.settings);
  const wishes = { settings, eventTypes: examples.eventTypes ?? [] };
  const signedWith: SigningOptions[] = [];
  const context = (attempt: number): ComposeContext<Settings> => ({
    destinationId: 'destination_1',
    settings,
    secrets: examples.secrets ?? [],
    at: new Date(Date.UTC(2026, 0, 5, 12, attempt)),
    attempt,
    previousSequence: null,
    issuer: 'https://rollcall.example.com',
    sign: (claims, typ, options = {}) => {
      signedWith.push(options);
      return Promise.resolve(`signed.${typ}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`);
    },
  });
  const allComposed = async (event: RecordedEvent, attempt = 1): Promise<readonly HttpRequest[]> => {
    const request = await protocol.compose(event, context(attempt));
    if ('impossible' in request) throw new Error(`impossible: ${request.impossible}`);
    return 'url' in request ? [request] : request;
  };
  const composed = async (event: RecordedEvent, attempt = 1): Promise<HttpRequest> => {
    const [first] = await allComposed(event, attempt);
    if (!first) throw new Error('nothing was composed');
    return first;
  };

  describe(`the protocol ${protocol.name}`, () => {
    it('wants what it should, and nothing else', () => {
      expect(examples.wanted.map((event) => protocol.wants(event, wishes))).not.toContain(false);
      expect(examples.unwanted.map((event) => protocol.wants(event, wishes))).not.toContain(true);
    });

    it('refuses settings that are empty or have a field it does not know', () => {
      expect(() => parseSettings(protocol, {})).toThrow(protocol.name);
      expect(() => parseSettings(protocol, { ...examples.settings, no_such_field: 1 })).toThrow(
        'no_such_field',
      );
    });

    it('calls the URL that was checked when the destination was made', async () => {
      for (const event of examples.wanted)
        expect((await composed(event)).url).toBe(protocol.endpoint(settings));
    });

    if ('signing_algorithm' in settings) {
      it('signs with the algorithm that its settings name', async () => {
        for (const event of examples.wanted) await composed(event);
        const others = signedWith.filter(({ algorithm }) => algorithm !== settings.signing_algorithm);
        expect(others).toEqual([]);
      });
    }

    it('composes a body of a bearable size, in the format that it names', async () => {
      for (const event of examples.wanted) {
        const { body, headers } = await composed(event);
        const names = Object.keys(headers).map((name) => name.toLowerCase());
        expect(names).toContain('content-type');
        expect(() => readAs(headers['content-type']!, body)).not.toThrow();
        expect(Buffer.byteLength(body)).toBeLessThan(BODY_AT_MOST_IN_BYTES);
      }
    });

    if (examples.secrets) {
      const { secrets } = examples;

      it('tells its secrets to nobody', async () => {
        for (const event of examples.wanted) {
          const { url, headers, body } = await composed(event);
          const said = [url, body, ...Object.values(headers)].join('\n');
          for (const { value } of secrets) {
            expect(said).not.toContain(value);
            expect(said).not.toContain(value.replace(/^[a-z]+_/, ''));
          }
        }
      });

      it('has examples of every kind of secret that it signs with', () => {
        const kinds = secrets.map(({ kind }) => kind);
        expect(kinds).toEqual(expect.arrayContaining([...(protocol.secretKinds?.(settings) ?? [])]));
      });
    }

    it('says the same in each attempt, so that a receiver recognises a repetition', async () => {
      for (const event of examples.wanted) {
        const [first, second] = [await composed(event, 1), await composed(event, 2)];
        const says = examples.says ?? ((request: HttpRequest): unknown => request.body);
        expect(says(second)).toEqual(says(first));
        expect(examples.identityOf?.(second)).toBe(examples.identityOf?.(first));
      }
    });

    if (protocol.composeBatch) {
      const batched = async (events: RecordedEvent[], attempt: number): Promise<HttpRequest> => {
        const messages = events.map((event, index) => ({ event, previousSequence: index || null }));
        const request = await protocol.composeBatch!(messages, context(attempt));
        if ('impossible' in request) throw new Error(`impossible: ${request.impossible}`);
        return request;
      };

      it('says the same of a batch in each attempt, and something else of another batch', async () => {
        const [first, second] = [await batched(examples.wanted, 1), await batched(examples.wanted, 2)];
        expect(first.url).toBe(protocol.endpoint(settings));
        expect(second.body).toBe(first.body);
        expect(examples.identityOf?.(second)).toBe(examples.identityOf?.(first));
        const fewer = await batched(examples.wanted.slice(1), 1);
        expect(fewer.body).not.toBe(first.body);
        if (examples.identityOf) expect(examples.identityOf(fewer)).not.toBe(examples.identityOf(first));
      });
    }

    const own = new Map(examples.reads);
    it.each(COMMON.map(([status, kind]) => [status, own.get(status) ?? kind] as const))(
      'reads an answer of %i as %s',
      (status, kind) => {
        const outcome = protocol.read(answer(status), examples.wanted[0]);
        expect(outcome.kind).toBe(kind);
        if (outcome.kind === 'refused') expect(outcome.gone === true).toBe(status === 410);
      },
    );

    it('respects Retry-After', () => {
      expect(protocol.read(answer(429, { 'retry-after': '30' }))).toMatchObject({ retryAfterInSeconds: 30 });
      expect(protocol.read(answer(503, { 'retry-after': '30' }))).toMatchObject({ retryAfterInSeconds: 30 });
    });
  });
}

function answer(status: number, headers: Record<string, string> = {}): HttpAnswer {
  return { status, headers, excerpt: '', at: new Date(Date.UTC(2026, 0, 5)) };
}

/** @throws when the body is not what its type says. */
function readAs(type: string, body: string): void {
  switch (type) {
    case 'application/json':
      JSON.parse(body);
      return;
    case 'application/x-www-form-urlencoded':
      // Written once more it is the same, so each reader of forms finds the same fields in it.
      if (body === '' || new URLSearchParams(body).toString() !== body) throw new Error('not a form');
      return;
    case 'application/secevent+jwt':
      if (body.split('.').length !== 3) throw new Error('not a compact token');
      return;
    default:
      throw new Error(`nobody has said how ${type} is read`);
  }
}
