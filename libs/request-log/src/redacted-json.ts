/** A parsed JSON body as text without its secrets, or the head of that text: the work ends where the head does. */
import { isExpression, isSecretMemberOf } from './secret-members.js';
import { looksLikeJson, redactedExpression, REDACTED, redactedText } from './secret-names.js';

export interface KeptBody {
  /** JSON, or the beginning of it when it was cut. */
  text: string;
  cut: boolean;
}

// Nothing that an identity provider means nests so deep, and a writer that recurses must end somewhere.
const DEPTH_AT_MOST = 64;
const TOO_DEEP = '"(nested too deeply)"';

/** @param limitInBytes of UTF-8. */
export function redactedJson(value: unknown, limitInBytes: number): KeptBody {
  const writer = new Writer(limitInBytes);
  writer.write(value);
  const { text } = writer;
  const bytes = Buffer.from(text);
  if (bytes.length <= limitInBytes) return { text, cut: writer.full };
  // A character that the limit cuts in two is left out.
  return {
    text: new TextDecoder().decode(bytes.subarray(0, limitInBytes)).replace(/\uFFFD$/, ''),
    cut: true,
  };
}

class Writer {
  text = '';
  full = false;

  constructor(private readonly limit: number) {}

  write(value: unknown, name = '', depth = 0): void {
    if (typeof value === 'string') return this.string(value, name);
    if (typeof value !== 'object' || value === null) return this.add(JSON.stringify(value) ?? 'null');
    if (depth >= DEPTH_AT_MOST) return this.add(TOO_DEEP);
    if (Array.isArray(value)) this.array(value, name, depth);
    else this.object(value as Record<string, unknown>, depth);
  }

  private array(elements: unknown[], name: string, depth: number): void {
    this.add('[');
    for (let at = 0; at < elements.length && !this.full; at += 1) {
      if (at > 0) this.add(',');
      this.write(elements[at], name, depth + 1);
    }
    this.add(']');
  }

  private object(object: Record<string, unknown>, depth: number): void {
    const isSecret = isSecretMemberOf(object);
    let separator = '';
    this.add('{');
    for (const name in object) {
      if (this.full) return;
      this.add(separator);
      this.string(name, 'path');
      this.add(':');
      separator = ',';
      const value = object[name];
      // That nothing was there is no secret.
      if (isSecret(name) && value !== null) this.string(REDACTED, '');
      else this.write(value, name, depth + 1);
    }
    this.add('}');
  }

  private string(text: string, name: string): void {
    const isLong = text.length > this.limit;
    const head = isLong ? headOf(text, this.limit) : text;
    const redacted = isExpression(name) ? redactedExpression(head) : redactedText(head);
    const json = JSON.stringify(redacted);
    this.add(isLong ? json.slice(0, -1) : json);
    if (isLong) this.full = true;
  }

  private add(piece: string): void {
    if (this.full) return;
    this.text += piece;
    if (this.text.length > this.limit) this.full = true;
  }
}

/** What is surely whole of a text that is cut: half a credential does not look like one any more. */
function headOf(text: string, length: number): string {
  // JSON within a text may say only at its end what its beginning was.
  if (looksLikeJson(text)) return REDACTED;
  let end = length;
  while (end > 0 && /[^\s"',;]/.test(text[end - 1]!)) end -= 1;
  return text.slice(0, end);
}
