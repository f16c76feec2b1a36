/** Tells the hub's requests from everybody else's: Standard Webhooks 1.0.0 (v1, v1a) and WorkOS-Signature. */
import type { AnyEvent } from '../events.js';
import { WebhookNotVerified } from './error.js';
import { JwksKeys } from './jwks.js';
import { publicKey, sharedKey, type PublicJwk, type SharedKey, type VerifyingKey } from './keys.js';
import { bytesOf, parsedBody, type WebhookRequest } from './request.js';
import { fitsPair, fitsShared, standardWebhooks, workosSignature, type Signed } from './signatures.js';

export interface VerifierOptions {
  /** `whsec_…`: the endpoint's secret; while it is rotated, both. */
  secrets?: string | readonly string[];
  /** `whpk_…` or JSON Web Keys: the public halves of the endpoint's key pairs. */
  publicKeys?: readonly (string | PublicJwk)[];
  /** `https://<hub>/.well-known/webhooks/<endpoint id>/jwks.json`: where they are published. */
  jwksUrl?: string;
  /** How far the request's time may be from ours, both ways; 300 unless told otherwise. */
  toleranceInSeconds?: number;
  fetch?: typeof fetch;
  /** Milliseconds since 1970; the machine's clock unless given. */
  now?: () => number;
}

/** The body of a webhook: one event, or several of an endpoint that asked for batches. */
export type WebhookBody = AnyEvent | { object: 'list'; data: AnyEvent[] };

/** `session.revoke` of the protocol `signed-call`: end this person's sessions. */
export interface SessionRevocation {
  type: 'session.revoke';
  /** Of this call, the same in each attempt. */
  id: string;
  /** Of what happened, the same in everything that any application hears of it. */
  txn: string;
  organization_id: string;
  directory_id: string;
  /** Its place among the events of the directory. */
  sequence: number;
  /** RFC 9493. */
  subject: { format: string; email?: string; iss?: string; sub?: string; id?: string };
  person: { id?: string | null; externalId?: string | null; userName?: string | null; email?: string | null };
  cause: 'deactivated' | 'deleted' | 'access_removed' | 'credential_changed';
  occurred_at: string;
  deadline: string;
}

const DEFAULT_TOLERANCE_IN_SECONDS = 300;

export class WebhookVerifier {
  private readonly shared: Promise<SharedKey[]>;
  private readonly given: Promise<VerifyingKey[]>;
  private readonly published: JwksKeys | undefined;
  private readonly toleranceInMilliseconds: number;
  private readonly now: () => number;

  /** @throws TypeError when there is nothing to verify with. */
  constructor(options: VerifierOptions) {
    const secrets = typeof options.secrets === 'string' ? [options.secrets] : (options.secrets ?? []);
    const publicKeys = options.publicKeys ?? [];
    if (secrets.length + publicKeys.length === 0 && options.jwksUrl === undefined)
      throw new TypeError('give the verifier secrets, publicKeys or a jwksUrl');
    this.now = options.now ?? Date.now;
    this.shared = Promise.all(secrets.map(sharedKey));
    this.given = Promise.all(publicKeys.map(publicKey));
    // Whoever verifies nothing yet hears of a wrong key with the first request, and not as a crash before it.
    for (const keys of [this.shared, this.given]) keys.catch(() => undefined);
    const { jwksUrl: url, fetch } = options;
    this.published =
      url === undefined ? undefined : new JwksKeys({ url, now: this.now, ...(fetch ? { fetch } : {}) });
    this.toleranceInMilliseconds = (options.toleranceInSeconds ?? DEFAULT_TOLERANCE_IN_SECONDS) * 1_000;
  }

  /** @returns the events, in the order in which they were sent. @throws WebhookNotVerified */
  async events(request: WebhookRequest): Promise<AnyEvent[]> {
    const body = await this.verify<WebhookBody>(request);
    return body.object === 'list' ? body.data : [body];
  }

  /** @returns the body, parsed: of a webhook, or of a signed call. @throws WebhookNotVerified */
  async verify<Body = WebhookBody>(request: WebhookRequest): Promise<Body> {
    const schemes = [standardWebhooks(request), workosSignature(request)].filter(
      (each) => each !== undefined,
    );
    if (schemes.length === 0)
      throw new WebhookNotVerified(
        'no_signature',
        'The request has neither webhook-signature nor WorkOS-Signature.',
      );
    for (const signed of schemes) {
      if (!(await this.fits(signed))) continue;
      // Only a time that is signed says anything.
      this.refuseOtherTimes(signed);
      return parsedBody(bytesOf(request)) as Body;
    }
    throw new WebhookNotVerified(
      'no_match',
      'No signature fits: is it the secret of this endpoint, and the raw body?',
    );
  }

  private async fits(signed: Signed): Promise<boolean> {
    if (await fitsShared(signed, await this.shared)) return true;
    if (signed.pairs.length === 0) return false;
    if (await fitsPair(signed, await this.given)) return true;
    return this.fitsPublished(signed, this.published);
  }

  private async fitsPublished(signed: Signed, published: JwksKeys | undefined): Promise<boolean> {
    if (!published) return false;
    try {
      if (await fitsPair(signed, await published.current())) return true;
      const newer = await published.newer();
      return newer !== undefined && (await fitsPair(signed, newer));
    } catch (cause) {
      throw new WebhookNotVerified('no_keys', 'The public keys cannot be fetched now.', cause);
    }
  }

  private refuseOtherTimes({ atInMilliseconds }: Signed): void {
    const age = this.now() - atInMilliseconds;
    if (age > this.toleranceInMilliseconds)
      throw new WebhookNotVerified(
        'too_old',
        'The request is too old: it may be a repetition by somebody else.',
      );
    if (age < -this.toleranceInMilliseconds)
      throw new WebhookNotVerified('too_new', 'The request is from the future: compare the clocks.');
  }
}
