/** Which members of a JSON body hold secrets, and what those are. */
import { namesSecret, redactedExpression, REDACTED, redactedText, unquoted } from './secret-names.js';

// {"op":"replace","path":"password","value":…}, and {"name":"password","value":…} as some custom attributes are said.
const SAYS_WHAT_THE_VALUE_IS = /^(?:path|name|attribute|attributename|key|type)$/i;
const VALUE = /^(?:values?|data)$/i;

/** @returns whether the member of a name holds a secret: by its own name, or because a neighbour says so. */
export function isSecretMemberOf(object: Record<string, unknown>): (name: string) => boolean {
  const valueIsSecret = Object.keys(object).some((name) => {
    const text = SAYS_WHAT_THE_VALUE_IS.test(name) ? object[name] : undefined;
    return typeof text === 'string' && namesSecret(unquoted(text));
  });
  return (name) => (valueIsSecret && VALUE.test(name)) || namesSecret(unquoted(name));
}

export interface Secrets {
  /** The texts that were secrets. */
  texts: string[];
  /** Whether a filter or a path compared a secret with something. */
  compared: boolean;
}

const TEXTS_AT_MOST = 100;
/** A shorter one says nothing, and taking it out everywhere would leave a sentence without sense. */
const SHORTEST = 4;

/** The secrets of a parsed JSON body of any size and depth, so that a sentence about it can be freed of them. */
export function secretsOf(body: unknown): Secrets {
  const found: Secrets = { texts: [], compared: false };
  const waiting: { value: unknown; name: string; secret: boolean }[] = [
    { value: body, name: '', secret: false },
  ];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, name: under, secret } = next;
    if (typeof value === 'string' || typeof value === 'number') {
      const text = String(value);
      if (secret && text.length >= SHORTEST && found.texts.length < TEXTS_AT_MOST) found.texts.push(text);
      if (!secret && comparesSecret(text, under)) found.compared = true;
    } else if (Array.isArray(value)) {
      for (const element of value) waiting.push({ value: element, name: under, secret });
    } else if (typeof value === 'object' && value !== null) {
      const object = value as Record<string, unknown>;
      const isSecret = isSecretMemberOf(object);
      for (const name in object) {
        if (redactedExpression(name) === REDACTED) found.compared = true;
        waiting.push({ value: object[name], name, secret: secret || isSecret(name) });
      }
    }
  }
  // The longest first: one may be the beginning of another.
  found.texts.sort((a, b) => b.length - a.length);
  return found;
}

function comparesSecret(text: string, name: string): boolean {
  const redacted = isExpression(name) ? redactedExpression(text) : redactedText(text);
  return redacted === REDACTED;
}

/** Whether a member of this name holds a filter or an attribute path. */
export function isExpression(name: string): boolean {
  return /^(?:path|filter)$/i.test(name);
}
