/** The bearer token in the forms that identity providers send it: RFC 6750 §2.1, and what is seen besides. */

// Ours have fewer than 60 characters; what is longer is nobody's and need not be looked up.
const LONGEST_TOKEN = 512;

/**
 * @param header of `Authorization`.
 * @returns the token of `Bearer <token>` in any case, of `<token>` alone, of `Bearer Bearer <token>` (the prefix typed into
 * a field that adds it), and of `Basic` with the token as the password; undefined when there is none.
 */
export function tokenInHeader(header: string | undefined): string | undefined {
  const words = (header ?? '').trim().split(/\s+/);
  const scheme = words[0]!.toLowerCase();
  if (scheme === 'basic') return words.length === 2 ? fitting(passwordOf(words[1]!)) : undefined;
  const rest = words.slice(words.findIndex((word) => word.toLowerCase() !== 'bearer'));
  const isPlain = rest.length === 1 && rest[0]!.toLowerCase() !== 'bearer';
  return isPlain && words.length <= 3 ? fitting(rest[0]!) : undefined;
}

function passwordOf(credentials: string): string {
  const text = Buffer.from(credentials, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? '' : text.slice(colon + 1);
}

function fitting(token: string): string | undefined {
  return token === '' || token.length > LONGEST_TOKEN ? undefined : token;
}
