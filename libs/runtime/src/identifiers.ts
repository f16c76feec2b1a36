/** Identifiers as `<prefix>_<ULID>`: sortable by time of making, 80 bits of chance. https://github.com/ulid/spec */
import { randomBytes } from 'node:crypto';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** Two at a time: every event of a page has an id. */
const PAIRS = Array.from({ length: 1024 }, (_, n) => CROCKFORD[n >>> 5]! + CROCKFORD[n & 31]!);

/** 26 characters of Crockford's base 32 for 16 bytes; the two leading bits of the text are zero. */
export function crockford(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new Error(`a ULID has 16 bytes, not ${bytes.length}`);
  let text = '';
  let bits = 2; // 26 characters hold 130 bits; the number is padded on the left.
  let value = 0;
  for (let at = 0; at < 16; at++) {
    value = (value << 8) | bytes[at]!;
    bits += 8;
    if (bits < 10) continue;
    bits -= 10;
    text += PAIRS[(value >>> bits) & 1023];
    value &= (1 << bits) - 1;
  }
  return text;
}

/** The 16 bytes of a ULID, or undefined when the text is none (canonical upper case only). */
export function fromCrockford(text: string): Uint8Array | undefined {
  if (!/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text)) return undefined;
  const bytes = new Uint8Array(16);
  let value = 0;
  let bits = -2;
  let at = 0;
  for (const character of text) {
    value = (value << 5) | CROCKFORD.indexOf(character);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (value >>> bits) & 255;
      value &= (1 << bits) - 1;
    }
  }
  return bytes;
}

/** A new identifier, for example `directory_user_01JD3Z…`. */
export function newId(prefix: string, now: Date): string {
  const bytes = Buffer.allocUnsafe(16);
  bytes.writeUIntBE(now.getTime(), 0, 6);
  chance().copy(bytes, 6);
  return `${prefix}_${crockford(bytes)}`;
}

// Asking the system for chance costs as much for ten bytes as for thousands, and every request needs an id.
const STORE_BYTES = 4_000;
const CHANCE_BYTES = 10;
let store = Buffer.alloc(0);

function chance(): Buffer {
  if (store.length < CHANCE_BYTES) store = randomBytes(STORE_BYTES);
  const taken = store.subarray(0, CHANCE_BYTES);
  store = store.subarray(CHANCE_BYTES);
  return taken;
}
