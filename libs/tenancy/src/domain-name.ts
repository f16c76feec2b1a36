/** Names of domains as people type them, in the one form in which they can be compared. */
import { domainToASCII } from 'node:url';

// RFC 1035 §2.3.4: 253 characters as text, 63 in a label.
const NAME_MOST = 253;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

// A URL's parser would leave these out, or take what is behind them for something else.
const IN_NO_NAME = /[\s/\\?#@:%[\]*]/;

/** @returns small letters, punycode (RFC 5891), no dot at the end; undefined for what is no name below a top-level domain. */
export function domainName(text: string): string | undefined {
  const name = text.trim().replace(/\.$/, '');
  if (name.length > NAME_MOST || IN_NO_NAME.test(name)) return undefined;
  const ascii = domainToASCII(name).toLowerCase();
  const labels = ascii.split('.');
  const fits = ascii.length <= NAME_MOST && labels.length >= 2 && labels.every((label) => LABEL.test(label));
  // The last label of an address is a number, and that of a name never is.
  return fits && !/^\d+$/.test(labels.at(-1)!) ? ascii : undefined;
}
