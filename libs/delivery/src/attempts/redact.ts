/**
 * Takes out of an answer what looks like a credential: a receiver may echo what it was sent, or print its own
 * environment. Rather too much is taken out than too little.
 */

const REDACTED = '(redacted)';

/** What is read of an answer at most, in bytes of UTF-8. */
export const ANSWER_KEPT_IN_BYTES = 2_048;

// Each alternative is linear in its input. Our own credentials, what follows Bearer or Basic, JSON Web Tokens, PEM.
const LOOKS =
  /\b(?:scim|sk|whsec|whsk|ghp|xox[abp])_?[\w-]{16,}|\b(?:bearer|basic)\s+[\w.~+/=-]{8,}|\beyJ[\w.-]{20,}|-----BEGIN[^-]{0,40}PRIVATE KEY-----[^-]*/gi;

const NAME =
  '[\\w-]{0,40}(?:passw(?:or)?d|passphrase|pwd|secret|token|authorization|credential|cookie|(?:api|access|private)[-_]?key)[\\w-]{0,20}';
// "password": "…", 'apiKey': …, token=…, Authorization: … to the end of the line.
const ASSIGNED = new RegExp(
  `(${NAME}\\\\?["']?\\s{0,5}[:=]\\s{0,5})(\\\\"[^"\\\\]*(?:\\\\")?|"(?:[^"\\\\]|\\\\.)*"?|'[^']*'?|[^\\s,;&}]{1,512}(?: [\\w.~+/=-]{8,})?)`,
  'gi',
);

/**
 * @param answer the first bytes of a stranger's answer; null when there was none.
 * @param secrets the destination's own, wherever they stand.
 * @returns at most 2 KiB, without credentials.
 */
export function redactedAnswer(answer: string | null, secrets: readonly string[] = []): string | null {
  if (!answer) return null;
  const own = secrets
    .filter(({ length }) => length >= 8)
    .reduce((text, secret) => text.replaceAll(secret, REDACTED), answer);
  return cut(own.replace(LOOKS, REDACTED).replace(ASSIGNED, (_all, name: string) => `${name}${REDACTED}`));
}

/** What was taken out may have been shorter than what stands for it. */
function cut(text: string): string {
  if (text.length * 3 <= ANSWER_KEPT_IN_BYTES) return text;
  const bytes = Buffer.from(text);
  if (bytes.length <= ANSWER_KEPT_IN_BYTES) return text;
  return new TextDecoder().decode(bytes.subarray(0, ANSWER_KEPT_IN_BYTES)).replace(/\ufffd+$/, '');
}
