/** Which headers a destination may have of its own: RFC 9110 §5, without those that are HTTP's or a signature's business. */
import type { RequestProblem } from './settings-rules.js';

export const HEADERS_AT_MOST = 20;
const NAME_AT_MOST_IN_CHARACTERS = 64;
const VALUE_AT_MOST_IN_CHARACTERS = 2_048;
const ALL_AT_MOST_IN_CHARACTERS = 8_192;

/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** RFC 9110 §5.5, without what recipients must not rely on: nothing but ASCII, no blanks around it. */
const VALUE = /^[\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?$/;

/** RFC 9110 §7.6.1 and the framing of messages: they speak about one connection, which is not a destination's to say. */
const OF_THE_CONNECTION = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'accept-encoding',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What says who sent a message, or which one it is. */
const OF_THE_MESSAGE =
  /^(webhook-|rollcall-|svix-|x-hub-signature|(workos|stripe)-signature$|traceparent$|tracestate$)/;

/** @param headers as they were given. */
export function headerProblems(headers: Record<string, unknown>): RequestProblem[] {
  const names = Object.keys(headers);
  const problems = names.flatMap((name) => {
    const message = nameProblem(name, names) ?? valueProblem(headers[name]);
    return message ? [{ field: `headers.${name.slice(0, NAME_AT_MOST_IN_CHARACTERS)}`, message }] : [];
  });
  if (names.length > HEADERS_AT_MOST)
    problems.push({ field: 'headers', message: `there may be at most ${HEADERS_AT_MOST} headers` });
  if (JSON.stringify(headers).length > ALL_AT_MOST_IN_CHARACTERS)
    problems.push({
      field: 'headers',
      message: `all headers together may have at most ${ALL_AT_MOST_IN_CHARACTERS} characters`,
    });
  return problems;
}

function nameProblem(name: string, all: readonly string[]): string | undefined {
  const lower = name.toLowerCase();
  if (!TOKEN.test(name)) return "a header's name has only letters, digits and !#$%&'*+-.^_`|~ (RFC 9110)";
  if (name.length > NAME_AT_MOST_IN_CHARACTERS)
    return `a header's name may have at most ${NAME_AT_MOST_IN_CHARACTERS} characters`;
  if (OF_THE_CONNECTION.has(lower) || lower.startsWith('proxy-'))
    return `${name} is set by HTTP itself and cannot be chosen`;
  if (OF_THE_MESSAGE.test(lower)) return `${name} is set by Rollcall itself and cannot be chosen`;
  if (all.some((other) => other !== name && other.toLowerCase() === lower)) return `${name} is there twice`;
  return undefined;
}

function valueProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') return "a header's value must be a text";
  if (value.length > VALUE_AT_MOST_IN_CHARACTERS)
    return `a header's value may have at most ${VALUE_AT_MOST_IN_CHARACTERS} characters`;
  if (!VALUE.test(value))
    return "a header's value must have at least one character, only printable ASCII, and no blanks at its ends";
  return undefined;
}
