/** How late this process is: how much later than asked for its timers ring, on a sliding average. */
const LOOK_EVERY_IN_MILLISECONDS = 10;
const WEIGHT_OF_THE_LAST = 0.2;

export class Promptness {
  private lateness = 0;
  private timer: NodeJS.Timeout | undefined;

  /** @param onLook called each time. */
  start(onLook: () => void): void {
    let due = performance.now() + LOOK_EVERY_IN_MILLISECONDS;
    this.timer = setInterval(() => {
      const now = performance.now();
      this.look(Math.max(0, now - due));
      due = now + LOOK_EVERY_IN_MILLISECONDS;
      onLook();
    }, LOOK_EVERY_IN_MILLISECONDS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  look(lateInMilliseconds: number): void {
    this.lateness += WEIGHT_OF_THE_LAST * (lateInMilliseconds - this.lateness);
  }

  get lateInMilliseconds(): number {
    return this.lateness;
  }
}
