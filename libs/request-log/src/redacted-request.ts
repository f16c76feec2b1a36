/** Paths and sentences without the secrets that a request put into them. */
import type { Secrets } from './secret-members.js';
import {
  isPlainPath,
  namesSecret,
  redactedExpression,
  REDACTED,
  redactedText,
  withoutCredentials,
} from './secret-names.js';

/** @param url path and query as they were sent, percent-encoded. What has nothing to hide stays as it was, letter by letter. */
export function redactedUrl(url: string): string {
  const at = url.indexOf('?');
  if (at < 0) return withoutCredentials(url);
  const query = url
    .slice(at + 1)
    .split('&')
    .map(redactedParameter)
    .join('&');
  return `${withoutCredentials(url.slice(0, at))}?${query}`;
}

function redactedParameter(parameter: string): string {
  const [, name, value] = /^([^=]*)=?(.*)$/s.exec(parameter)!;
  if (value === '') return withoutCredentials(parameter);
  if (namesSecret(decoded(name!))) return `${name}=${REDACTED}`;
  const text = decoded(value!);
  const isShown = isPlainPath(text) || (redactedExpression(text) === text && redactedText(text) === text);
  return isShown ? withoutCredentials(parameter) : `${name}=${REDACTED}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

/** Whether a query was redacted, so that a sentence about it must not repeat it. */
export function isRedacted(url: string): boolean {
  return redactedUrl(url) !== url;
}

const QUOTED = /"(?:[^"\\]|\\.)*"|'[^']*'|`[^`]*`/g;
/** A quotation may hold quotations, so everything from the first to the last. */
const ALL_THAT_IS_QUOTED = /["'`].*["'`]/s;

/** A sentence about a request, such as an error's detail, freed of what the request kept secret. */
export function redactedSentence(sentence: string, { texts, compared }: Secrets): string {
  let redacted = withoutCredentials(sentence);
  if (compared) redacted = redacted.replace(ALL_THAT_IS_QUOTED, REDACTED);
  for (const text of texts) redacted = redacted.replaceAll(text, REDACTED);
  // A quotation may have been shortened, and has its own quotation marks escaped.
  const isOfSecret = (quotation: string): boolean => {
    const quoted = quotation.slice(1, -1).replace(/\W+$/, '');
    return texts.some((text) => text.includes(quoted) || JSON.stringify(text).includes(quoted));
  };
  return redacted.replace(QUOTED, (quotation) => (isOfSecret(quotation) ? REDACTED : quotation));
}
