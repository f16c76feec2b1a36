/** Work that is done when there is some: at once when woken, and looked for every so often, since another hub may have left some. */
const LOOK_EVERY_IN_MILLISECONDS = 5_000;
/** Another hub is at it. What it has not seen is not left until the next look. */
const AGAIN_IN_MILLISECONDS = 200;

export class Background {
  private running: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private woken = false;
  stopped = false;

  /**
   * @param work does all there is, and ends early when stopped; `elsewhere`: somebody else is at it.
   * @param onError told what went wrong; it is tried again at the next look.
   */
  constructor(
    private readonly work: () => Promise<'done' | 'elsewhere'>,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Returns at once. Who wakes it while it works has it look once more. */
  wake(): void {
    this.woken = true;
    if (!this.stopped) this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private async run(): Promise<void> {
    clearTimeout(this.timer);
    let pause = LOOK_EVERY_IN_MILLISECONDS;
    try {
      while (this.woken && !this.stopped) {
        this.woken = false;
        const outcome = await this.work();
        pause = outcome === 'elsewhere' ? AGAIN_IN_MILLISECONDS : LOOK_EVERY_IN_MILLISECONDS;
      }
    } catch (error) {
      this.onError(error);
    }
    this.running = undefined;
    if (this.stopped) return;
    this.timer = setTimeout(() => this.wake(), pause);
    this.timer.unref();
  }
}
