/** What specs of protocols with tokens read and sign with. */
import { decodeJwt, importJWK, SignJWT, type JWTPayload } from 'jose';
import { parseSettings, type ComposeContext, type HttpRequest, type Protocol } from '@app/delivery';
import type { RecordedEvent } from '@app/directory';

/** RFC 8037 appendix A.1: a key that everybody has, so that a signature with it can be compared. */
export const PUBLIC_TEST_KEY = {
  kty: 'OKP',
  crv: 'Ed25519',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  kid: 'test-1',
  alg: 'EdDSA',
};
const TEST_KEY = { ...PUBLIC_TEST_KEY, d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A' };

/** As an installation signs, but with the key above. */
export async function signWithTestKey(claims: JWTPayload, typ: string): Promise<string> {
  const header = { typ, alg: 'EdDSA', kid: 'test-1' };
  return new SignJWT(claims).setProtectedHeader(header).sign(await importJWK(TEST_KEY));
}

export function signatureOf(token: string): string {
  return token.split('.')[2]!;
}

export const at = new Date('2026-01-05T12:00:00.500Z');

/** What the engine gives to `compose`, with the test key. */
export function contextWith<Settings>(
  settings: Settings,
  more: Partial<ComposeContext<Settings>> = {},
): ComposeContext<Settings> {
  return {
    destinationId: 'destination_1',
    settings,
    secrets: [],
    at,
    attempt: 1,
    previousSequence: null,
    issuer: 'https://rollcall.example.com',
    sign: signWithTestKey,
    ...more,
  };
}

export interface FormCalls<Settings> {
  /** @param more what is added to the settings that the protocol cannot do without, or replaces them. */
  settingsOf(more?: object): Settings;
  composed(more?: object, event?: RecordedEvent, time?: Date): Promise<HttpRequest>;
  /** @throws where anything else is in the form as well. */
  tokenIn(request: HttpRequest): string;
  claimsOf(more?: object, event?: RecordedEvent): Promise<JWTPayload>;
}

/**
 * The calls of a protocol that sends a token in a form.
 * @param needed the settings that it cannot do without.
 * @param usual what it tells of unless another event is given.
 */
export function formCallsOf<Settings extends object>(
  protocol: Protocol<Settings>,
  { needed, field, usual }: { needed: object; field: string; usual: RecordedEvent },
): FormCalls<Settings> {
  const settingsOf = (more: object = {}): Settings => parseSettings(protocol, { ...needed, ...more });
  const composed = async (more: object = {}, event = usual, time = at): Promise<HttpRequest> =>
    (await protocol.compose(event, contextWith(settingsOf(more), { at: time }))) as HttpRequest;
  const tokenIn = ({ body }: HttpRequest): string => {
    const [[name, token] = [], ...others] = new URLSearchParams(body);
    if (name !== field || token === undefined || others.length > 0)
      throw new Error(`the form has not the field ${field} alone: ${body}`);
    return token;
  };
  const claimsOf = async (more: object = {}, event = usual): Promise<JWTPayload> =>
    decodeJwt(tokenIn(await composed(more, event)));
  return { settingsOf, composed, tokenIn, claimsOf };
}

/** The claims in a form's field, without those that are new in each attempt. For tokens that `describeProtocol` made. */
export function saidInForm(field: string): (request: HttpRequest) => unknown {
  return ({ body }) => {
    const [, typ, claims] = new URLSearchParams(body).get(field)!.split('.');
    const { jti, iat, exp, ...rest } = JSON.parse(Buffer.from(claims!, 'base64url').toString()) as JWTPayload;
    expectNew({ jti, iat, exp });
    return { typ, ...rest };
  };
}

function expectNew(claims: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(claims))
    if (value === undefined) throw new Error(`the token has no ${name}`);
}
