/** What has just happened goes before what is behind anyway: backlogs hold back while it is on its way and the process is late. */

/** Of each round, backlogs are held so long at most; in the rest of it they go on, whatever happens. */
const ROUND_IN_MILLISECONDS = 125;
const HELD_OF_A_ROUND_IN_MILLISECONDS = 75;
/** Then a backlog looks again. */
const HOLD_IN_MILLISECONDS = 10;

export class Precedence {
  private urgent = 0;
  private since = 0;

  /** @param isLate whether the process has more to do than it can. */
  constructor(
    private readonly isLate: () => boolean,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Backlogs hold back until `end` was called as often. */
  begin(): void {
    if (this.urgent++ === 0) this.since = this.now();
  }

  end(): void {
    this.urgent -= 1;
  }

  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    this.begin();
    try {
      return await work();
    } finally {
      this.end();
    }
  }

  /** For how long a backlog should start nothing; 0: it may. */
  holdInMilliseconds(): number {
    if (this.urgent === 0 || !this.isLate()) return 0;
    const inRound = (this.now() - this.since) % ROUND_IN_MILLISECONDS;
    return inRound < HELD_OF_A_ROUND_IN_MILLISECONDS ? HOLD_IN_MILLISECONDS : 0;
  }
}
