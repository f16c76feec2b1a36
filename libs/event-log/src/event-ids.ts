/**
 * An event's public id: 26 characters in the shape of a ULID that hold its time, its position and a check. A cursor
 * therefore needs no look-up and stays good when old events are gone; one that somebody made up is refused.
 */
import { hash } from 'node:crypto';
import { crockford, fromCrockford } from '@app/runtime';

const PREFIX = 'event_';
const CHECK_BYTES = 4;

const CHECKED_BYTES = 12;
const BLOCK_BYTES = 64;
const HASH_BYTES = 32;

export class EventIds {
  // HMAC-SHA-256 (RFC 2104) by hand: an object for each id costs four times as much, and a page has a thousand of them.
  private readonly inner: Buffer;
  private readonly outer: Buffer;

  /** @param salt belongs to one log, so that an id of another installation is not taken for one of ours. */
  constructor(salt: Buffer) {
    const key = Buffer.alloc(BLOCK_BYTES);
    (salt.length > BLOCK_BYTES ? hash('sha256', salt, 'buffer') : salt).copy(key);
    this.inner = Buffer.concat([key.map((byte) => byte ^ 0x36), Buffer.alloc(CHECKED_BYTES)]);
    this.outer = Buffer.concat([key.map((byte) => byte ^ 0x5c), Buffer.alloc(HASH_BYTES)]);
  }

  idOf(position: number, occurredAt: Date): string {
    const bytes = Buffer.alloc(16);
    bytes.writeUIntBE(occurredAt.getTime(), 0, 6);
    bytes.writeUIntBE(position, 6, 6);
    this.check(bytes).copy(bytes, 12);
    return PREFIX + crockford(bytes);
  }

  /** @returns the position that the id stands for, or undefined when this log never gave out such an id. */
  positionOf(id: string): number | undefined {
    if (!id.startsWith(PREFIX)) return undefined;
    const decoded = fromCrockford(id.slice(PREFIX.length));
    if (!decoded) return undefined;
    const bytes = Buffer.from(decoded);
    return bytes.subarray(12).equals(this.check(bytes)) ? bytes.readUIntBE(6, 6) : undefined;
  }

  /** The time in an id that `positionOf` has accepted. */
  timeOf(id: string): Date {
    return new Date(Buffer.from(fromCrockford(id.slice(PREFIX.length))!).readUIntBE(0, 6));
  }

  private check(bytes: Buffer): Buffer {
    bytes.copy(this.inner, BLOCK_BYTES, 0, CHECKED_BYTES);
    hash('sha256', this.inner, 'buffer').copy(this.outer, BLOCK_BYTES);
    return hash('sha256', this.outer, 'buffer').subarray(0, CHECK_BYTES);
  }
}
