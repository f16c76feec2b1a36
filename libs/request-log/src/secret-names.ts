/** What is a secret: by the name it goes under, and by its looks. Rather too much is taken out than too little. */

export const REDACTED = '(redacted)';

const SECRET = /passw|passphrase|passcode|pwd|secret|token|authorization|credential|apikey|privatekey/;

/** Whether a member, an attribute path or a parameter is called like a secret: any case, any separators, within a URN too. */
export function namesSecret(name: string): boolean {
  return SECRET.test(name.toLowerCase().replace(/[^a-z0-9]/g, ''));
}

// Credentials of this hub, what follows the word Bearer, and JSON Web Tokens. Each alternative is linear in its input.
const LOOKS = /\b(?:scim|sk|whsec)_[\w-]{16,}|\bbearer\s+[\w.~+/=-]{8,}|\beyJ[\w.-]{20,}/gi;

/** A text without what looks like a credential, wherever somebody pasted it. */
export function withoutCredentials(text: string): string {
  return text.replace(LOOKS, REDACTED);
}

const ASSIGNED =
  /(?:passw|passphrase|passcode|pwd|secret|token|authorization|credential|(?:api|private)[-_ ]?key)\w{0,20}\\?["']?\s{0,5}[:=]/i;

/** A text value. One that itself says `password=…`, or is JSON that does, goes as a whole: nobody can say where it ends. */
export function redactedText(text: string): string {
  return ASSIGNED.test(text) || isJsonWithSecret(text) ? REDACTED : withoutCredentials(text);
}

/** JSON as a text may spell a name with escapes, so a text that does is not trusted either. */
function isJsonWithSecret(text: string): boolean {
  return looksLikeJson(text) && (namesSecret(text) || text.includes('\\u'));
}

export function looksLikeJson(text: string): boolean {
  return /^\s*[[{]/.test(text.slice(0, 100));
}

/**
 * A filter or an attribute path. `password` alone stays, to show what was changed; one that compares a secret with
 * something goes as a whole. What stands in quotes is a value and names nothing.
 */
export function redactedExpression(text: string): string {
  return namesSecret(unquoted(text)) && !isPlainPath(text) ? REDACTED : withoutCredentials(text);
}

/** Without what stands in quotes. What follows a quote that is never closed stays: it may be anything. */
export function unquoted(text: string): string {
  let kept = '';
  let from = 0;
  for (let open = text.indexOf('"'); open >= 0; open = text.indexOf('"', from)) {
    let close = open + 1;
    while (close < text.length && text[close] !== '"') close += text[close] === '\\' ? 2 : 1;
    if (close >= text.length) break;
    kept += text.slice(from, open);
    from = close + 1;
  }
  return kept + text.slice(from);
}

export function isPlainPath(text: string): boolean {
  return /^[\w:.,$/-]*$/.test(text);
}
