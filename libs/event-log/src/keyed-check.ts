/**
 * The first four bytes of HMAC-SHA-256 (RFC 2104, FIPS 180-4) of twelve bytes. Written out, since each id of a page of events needs
 * one: what depends on the key alone is computed once, so two blocks are left of four, and nothing is allocated or handed to
 * another library, which costs several times as much as the arithmetic.
 */
import { hash } from 'node:crypto';

const BLOCK_BYTES = 64;
const END_OF_MESSAGE = 0x80000000;
/** In bits, with the block that the key fills. */
const INNER_LENGTH = (BLOCK_BYTES + 12) * 8;
const OUTER_LENGTH = (BLOCK_BYTES + 32) * 8;

const PRIMES = primes(64);
const K = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));
const START = Int32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));

export class KeyedCheck {
  private readonly inner: Int32Array;
  private readonly outer: Int32Array;
  private readonly state = new Int32Array(8);
  private readonly words = new Int32Array(64);

  constructor(key: Buffer) {
    const padded = Buffer.alloc(BLOCK_BYTES);
    (key.length > BLOCK_BYTES ? hash('sha256', key, 'buffer') : key).copy(padded);
    this.inner = this.after(Buffer.from(padded.map((byte) => byte ^ 0x36)));
    this.outer = this.after(Buffer.from(padded.map((byte) => byte ^ 0x5c)));
  }

  /** Of the three words that twelve bytes are, big-endian. */
  of(first: number, second: number, third: number): number {
    const { state, words } = this;
    state.set(this.inner);
    words[0] = first;
    words[1] = second;
    words[2] = third;
    words[3] = END_OF_MESSAGE;
    words.fill(0, 4, 15);
    words[15] = INNER_LENGTH;
    compress(state, words);
    words.set(state);
    words[8] = END_OF_MESSAGE;
    words.fill(0, 9, 15);
    words[15] = OUTER_LENGTH;
    state.set(this.outer);
    compress(state, words);
    return state[0]! >>> 0;
  }

  private after(block: Buffer): Int32Array {
    const state = START.slice();
    for (let n = 0; n < 16; n++) this.words[n] = block.readInt32BE(4 * n);
    compress(state, this.words);
    return state;
  }
}

/** @param words the block in the first sixteen; the rest is made of them. */
function compress(state: Int32Array, words: Int32Array): void {
  for (let n = 16; n < 64; n++) {
    const x = words[n - 15]!;
    const y = words[n - 2]!;
    const low = turned(x, 7) ^ turned(x, 18) ^ (x >>> 3);
    const high = turned(y, 17) ^ turned(y, 19) ^ (y >>> 10);
    words[n] = words[n - 16]! + low + words[n - 7]! + high;
  }
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let n = 0; n < 64; n++) {
    const chosen = (e & f) ^ (~e & g);
    const one = (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + chosen + K[n]! + words[n]!) | 0;
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const two = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + majority) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
  state[5]! += f;
  state[6]! += g;
  state[7]! += h;
}

function turned(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

/** The first 32 bits of the fractional part. */
function fraction(root: number): number {
  return Math.floor((root % 1) * 2 ** 32) | 0;
}

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}
