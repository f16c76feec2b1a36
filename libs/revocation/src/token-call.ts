/** A signed token in a form: the shape of OpenID's calls from a provider to an application. */
import { randomUUID } from 'node:crypto';
import type { ComposeContext, HttpAnswer, HttpRequest } from '@app/delivery';
import type { RecordedEvent } from '@app/directory';
import { placeOf } from './causes.js';
import type { TokenSettings } from './revocation-settings.js';

/** OpenID Connect Back-Channel Logout 1.0 §2.4: "two minutes in the future at most". */
const TOKEN_LIFE_IN_SECONDS = 120;

/** An error code of OAuth is a word; whatever else stands there is not repeated. RFC 6749 §5.2 */
const ERROR_CODE = /^[a-z][a-z0-9_]{0,63}$/;

interface TokenCall {
  url: string;
  /** The form's field. */
  field: string;
  /** RFC 8725 §3.11: so that no other token can be taken for this one. */
  typ: string;
  /** Who speaks, to whom, about whom. */
  parties: Record<string, string>;
  /** What it says. */
  content: Record<string, unknown>;
}

/** @returns the request; its `jti`, `iat` and `exp` (seconds) are new in each attempt, because tokens live two minutes only. */
export async function tokenCall(
  event: RecordedEvent,
  { url, field, typ, parties, content }: TokenCall,
  { settings, at, sign }: Pick<ComposeContext<TokenSettings>, 'settings' | 'at' | 'sign'>,
): Promise<HttpRequest> {
  const iat = Math.floor(at.getTime() / 1_000);
  const jti = randomUUID();
  const claims = { ...parties, iat, exp: iat + TOKEN_LIFE_IN_SECONDS, jti, ...content };
  const token = await sign(claims, typ, { algorithm: settings.signing_algorithm });
  return {
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...placeOf(event) },
    body: new URLSearchParams({ [field]: token }).toString(),
    jti,
  };
}

/** What an application says of a refusal in JSON. Undefined where there is nothing of the kind. */
interface Complaint {
  error?: string | undefined;
  account_state?: string | undefined;
}

export function complaintOf({ excerpt }: HttpAnswer): Complaint {
  try {
    const said = JSON.parse(excerpt) as Record<string, unknown> | null;
    return { error: word(said?.['error']), account_state: word(said?.['account_state']) };
  } catch {
    return {};
  }
}

function word(value: unknown): string | undefined {
  return typeof value === 'string' && ERROR_CODE.test(value) ? value : undefined;
}
