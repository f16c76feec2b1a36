/** Something that was read a moment ago, for those who ask often: read again when it is old, given as it is when it cannot be. */
import { setTimeout as pause } from 'node:timers/promises';

export interface RememberedLimits {
  /** After so long it is read again by whoever asks. */
  lifeInMilliseconds: number;
  /** So long somebody waits for what is being read again, before they go on with what is known. */
  patienceInMilliseconds: number;
}

interface Known<Value> {
  value: Value;
  /** When it was asked for; what changed afterwards is not in it. */
  askedAt: number;
}

interface Reading<Value> {
  value: Promise<Value>;
  /** Ends when it is read, when it could not be, or when patience is at its end. */
  patience: Promise<unknown>;
}

export class Remembered<Value> {
  private known: Known<Value> | undefined;
  private reading: Reading<Value> | undefined;

  constructor(
    private readonly read: () => Promise<Value>,
    private readonly now: () => number,
    private readonly limits: RememberedLimits,
  ) {}

  /** However many ask at once, it is read once. @throws what reading throws, only while nothing is known. */
  async get(): Promise<Value> {
    // A clock that was set back makes nothing young again.
    if (this.known && Math.abs(this.now() - this.known.askedAt) < this.limits.lifeInMilliseconds)
      return this.known.value;
    const reading = (this.reading ??= this.begin());
    if (!this.known) return reading.value;
    await reading.patience;
    return this.known.value;
  }

  /** The next one who asks gets what is true from now on, if it can be read. */
  expire(): void {
    this.reading = undefined;
    if (this.known) this.known.askedAt = -Infinity;
  }

  private begin(): Reading<Value> {
    const askedAt = this.now();
    const value = this.read();
    const reading = {
      value,
      patience: Promise.race([
        value.catch(() => undefined),
        pause(this.limits.patienceInMilliseconds, undefined, { ref: false }),
      ]),
    };
    value.then(
      (read) => {
        if (this.reading !== reading) return; // it expired meanwhile: what was read may be older
        this.known = { value: read, askedAt };
        this.reading = undefined;
      },
      () => {
        if (this.reading !== reading) return;
        this.reading = undefined;
        if (this.known) this.known.askedAt = this.now(); // tried again after another life, not by everybody who asks
      },
    );
    return reading;
  }
}
