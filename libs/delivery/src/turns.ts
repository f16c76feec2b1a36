/** The slices of one holder of a lease: what happens, and then what is told again, so that neither waits for the other. */
import type { Engine } from './engine.js';
import type { Remainder } from './lease.js';
import type { Tally } from './ledger.js';
import { Pace } from './pace.js';
import { Retold } from './replay/replay-source.js';
import { runningReplay } from './replay/replays.js';
import type { SliceParts } from './slice-parts.js';
import { Slice } from './slice.js';
import { Live, type Source } from './source.js';
import type { Stop } from './verdict.js';

export type TurnsParts = Omit<SliceParts, 'source' | 'share' | 'pace' | 'releases'>;

export class Turns {
  readonly tally: Tally = { attempts: 0, delivered: 0, parked: 0 };
  /** The destination is disabled or paused from here on. */
  stop: Stop | null = null;
  /** Something was appended to the log, and somebody should be told. */
  announced = false;
  /** The lease was given back already, and this is left to do. */
  remainder: Remainder | undefined;
  /** What had happened before it was read is done. */
  hasCaughtUp = false;
  private readonly paused: number[] = [];

  constructor(
    private readonly engine: Engine,
    private readonly parts: TurnsParts,
  ) {}

  /** Once it is over: how long until a rate lets any of them go on; 0 when one need not wait. */
  get pausedInMilliseconds(): number {
    return this.paused.length > 0 ? Math.min(...this.paused) : 0;
  }

  /** @throws LeaseLost; what was attempted since the last settlement will be attempted again. */
  async run(): Promise<void> {
    const sources = await this.sources();
    let { standing } = this.parts;
    const { catchUpTo, owedInMilliseconds } = standing;
    const pace = new Pace({ manner: this.parts.sender.manner, catchUpTo, owedInMilliseconds });
    const share = 1 / sources.length;
    for (const source of sources) {
      const releases = source === sources.at(-1);
      const slice = new Slice(this.engine, { ...this.parts, standing, source, pace, share, releases });
      await slice.run();
      this.remainder = slice.remainder;
      this.add(slice.tally);
      this.stop = slice.stop;
      this.announced ||= slice.announced;
      if (source.retelling === null) this.hasCaughtUp = slice.hasCaughtUp;
      if (slice.pausedInMilliseconds !== undefined) this.paused.push(slice.pausedInMilliseconds);
      // One probe is enough for a resting endpoint; after it, the next pump goes on.
      if (slice.stop || slice.probed || slice.left) return;
      standing = { ...standing, health: slice.health };
    }
  }

  /** While a snapshot is told nothing else is: what happens meanwhile makes no sense before it. */
  private async sources(): Promise<Source[]> {
    const { engine } = this;
    const { destination, sender, standing } = this.parts;
    const receiver = { destination, sender };
    const replay = standing.hasReplay ? await runningReplay(engine.database, destination.id) : undefined;
    if (!replay) return [new Live(engine, receiver, standing)];
    return [
      new Live(engine, receiver, standing, replay.kind === 'snapshot'),
      new Retold(engine, receiver, replay, sender.manner.catchUpPerSecond),
    ];
  }

  private add({ attempts, delivered, parked }: Tally): void {
    this.tally.attempts += attempts;
    this.tally.delivered += delivered;
    this.tally.parked += parked;
  }
}
