/** What a client sends to the token endpoint, and how it shows who it is: RFC 6749 §2.3 and §4.4.2, RFC 7523 §2.2. */
import { decodeJwt } from 'jose';
import { invalidClient, OAuthError, SEND_A_FORM, unknownClient } from './oauth-error.js';

export const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export type ShownCredential =
  | { method: 'client_secret_basic' | 'client_secret_post'; clientId: string; secret: string }
  | { method: 'private_key_jwt'; clientId: string; assertion: string };

/** Parameters by name; one without a value counts as left out (RFC 6749 §3.2). */
export type TokenForm = ReadonlyMap<string, string>;

/** @param body as the parser of forms has left it; undefined for any other content type. */
export function tokenFormOf(body: unknown): TokenForm {
  if (!(body instanceof URLSearchParams)) throw new OAuthError('invalid_request', SEND_A_FORM);
  const form = new Map<string, string>();
  for (const [name, value] of body) {
    if (value === '') continue;
    if (form.has(name)) {
      const known = /^[a-z_]{1,40}$/.test(name) ? `: ${name}` : '';
      throw new OAuthError('invalid_request', `A parameter was sent more than once${known}.`);
    }
    form.set(name, value);
  }
  return form;
}

/**
 * What was asked for must be what there is for this client.
 * @param known every scope that it may have. @returns those that it asks for; without a word, all.
 */
export function grantedScopes<Scope extends string>(form: TokenForm, known: readonly Scope[]): Scope[] {
  const grant = form.get('grant_type');
  if (grant === undefined)
    throw new OAuthError('invalid_request', 'grant_type is missing. Send grant_type=client_credentials.');
  if (grant !== 'client_credentials')
    throw new OAuthError('unsupported_grant_type', 'The only grant_type here is client_credentials.');
  const asked = (form.get('scope') ?? '').split(' ').filter(Boolean);
  if (asked.some((scope) => !(known as readonly string[]).includes(scope))) {
    const words =
      known.length === 1
        ? `The only scope here is ${known[0]}`
        : `The scopes here are ${known.join(' and ')}`;
    throw new OAuthError('invalid_scope', `${words}. It may be left out.`);
  }
  return asked.length === 0 ? [...known] : known.filter((scope) => asked.includes(scope));
}

export const SCOPE = 'scim';

/** @param authorization the header. One way only: RFC 6749 §2.3. */
export function shownCredential(authorization: string | undefined, form: TokenForm): ShownCredential {
  const shown = [
    authorization === undefined ? undefined : ofBasic(authorization),
    form.has('client_secret') ? ofPost(form) : undefined,
    form.has('client_assertion') || form.has('client_assertion_type') ? ofAssertion(form) : undefined,
  ].filter((each) => each !== undefined);
  const [first, ...others] = shown;
  if (!first) {
    throw invalidClient(
      'The client has not shown who it is. Send its id and secret (HTTP Basic, or client_id and client_secret), or a client_assertion.',
    );
  }
  if (others.length > 0)
    throw new OAuthError('invalid_request', 'The client shows who it is in two ways. Use one of them.');
  const named = form.get('client_id');
  if (named !== undefined && named !== first.clientId)
    throw new OAuthError('invalid_request', 'client_id names another client than the credentials.');
  return first;
}

function ofBasic(authorization: string): ShownCredential {
  const encoded = /^basic\s+([A-Za-z0-9+/]+={0,2})\s*$/i.exec(authorization)?.[1];
  const text = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) {
    throw invalidClient(
      'The Authorization header is not HTTP Basic. Send the client id and secret as user and password.',
    );
  }
  const [clientId, secret] = [formDecoded(text.slice(0, colon)), formDecoded(text.slice(colon + 1))];
  return { method: 'client_secret_basic', clientId, secret };
}

/** RFC 6749 §2.3.1: both are form-encoded before they become user and password. Not all clients do; ours need it not. */
function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function ofPost(form: TokenForm): ShownCredential {
  const clientId = form.get('client_id');
  if (clientId === undefined) throw new OAuthError('invalid_request', 'client_id is missing.');
  return { method: 'client_secret_post', clientId, secret: form.get('client_secret')! };
}

function ofAssertion(form: TokenForm): ShownCredential {
  const assertion = form.get('client_assertion');
  if (form.get('client_assertion_type') !== JWT_BEARER || assertion === undefined) {
    const description = `Send client_assertion together with client_assertion_type=${JWT_BEARER}.`;
    throw new OAuthError('invalid_request', description);
  }
  // Whose it says it is; believed only when its signature has been checked with that client's keys.
  try {
    const { sub } = decodeJwt(assertion);
    if (typeof sub === 'string') return { method: 'private_key_jwt', clientId: sub, assertion };
  } catch {
    // not a JWT at all
  }
  throw unknownClient();
}
