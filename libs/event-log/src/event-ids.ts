/**
 * An event's public id: 26 characters in the shape of a ULID that hold its time, its position and a check. A cursor
 * therefore needs no look-up and stays good when old events are gone; one that somebody made up is refused.
 */
import { crockford, fromCrockford } from '@app/runtime';
import { KeyedCheck } from './keyed-check.js';

const PREFIX = 'event_';
const CHECK_AT = 12;

export class EventIds {
  private readonly check: KeyedCheck;

  /** @param salt belongs to one log, so that an id of another installation is not taken for one of ours. */
  constructor(salt: Buffer) {
    this.check = new KeyedCheck(salt);
  }

  idOf(position: number, occurredAt: Date): string {
    const bytes = Buffer.allocUnsafe(16);
    bytes.writeUIntBE(occurredAt.getTime(), 0, 6);
    bytes.writeUIntBE(position, 6, 6);
    bytes.writeUInt32BE(this.checkOf(bytes), CHECK_AT);
    return PREFIX + crockford(bytes);
  }

  /** @returns the position that the id stands for, or undefined when this log never gave out such an id. */
  positionOf(id: string): number | undefined {
    if (!id.startsWith(PREFIX)) return undefined;
    const decoded = fromCrockford(id.slice(PREFIX.length));
    if (!decoded) return undefined;
    const bytes = Buffer.from(decoded);
    return bytes.readUInt32BE(CHECK_AT) === this.checkOf(bytes) ? bytes.readUIntBE(6, 6) : undefined;
  }

  /** The time in an id that `positionOf` has accepted. */
  timeOf(id: string): Date {
    return new Date(Buffer.from(fromCrockford(id.slice(PREFIX.length))!).readUIntBE(0, 6));
  }

  private checkOf(bytes: Buffer): number {
    return this.check.of(bytes.readInt32BE(0), bytes.readInt32BE(4), bytes.readInt32BE(8));
  }
}
