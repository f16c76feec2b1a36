/** A replay as the source of a slice: other events, kept elsewhere how far it got, and otherwise the same. */
import type { Engine } from '../engine.js';
import { Chain } from '../chain.js';
import type { Settlement } from '../settle.js';
import type { Ending, Page, PageSize, Receiver, Retelling, Source } from '../source.js';
import { Pace } from './pace.js';
import { readReplay } from './reading.js';
import { saveProgress, type Replay } from './replays.js';

export class Retold implements Source {
  readonly cursor: number;
  readonly chain: Chain;
  readonly retelling: Retelling;
  readonly takesParked = false;
  readonly pace: Pace;
  stopped = false;
  /** Ended, and not yet behind the cursor that was saved. */
  private endings: { position: number; how: Ending }[] = [];

  /** @param perSecond used where the replay has no rate of its own. */
  constructor(
    private readonly engine: Engine,
    private readonly receiver: Receiver,
    private readonly replay: Replay,
    perSecond: number,
  ) {
    const { id, kind, toPosition, maxPerSecond, nextSendAt } = replay;
    this.cursor = replay.cursor;
    this.chain = new Chain(id, { owner: 'replay' });
    this.retelling = { replayId: id, snapshotAt: kind === 'snapshot' ? toPosition : null };
    this.pace = new Pace(maxPerSecond ?? perSecond, nextSendAt);
  }

  read(after: number, size: PageSize): Promise<Page> {
    const { engine, receiver, replay } = this;
    return readReplay({ reader: engine, receiver, replay, size }, after);
  }

  ended(position: number, how: Ending): void {
    this.endings.push({ position, how });
  }

  /** Counts what the cursor passes and nothing more: what is sent again after a crash is counted once. */
  progress(cursor: number): Pick<Settlement, 'cursor' | 'links' | 'besides'> {
    const passed = this.endings.filter(({ position }) => position <= cursor);
    this.endings = this.endings.filter(({ position }) => position > cursor);
    const count = (how: Ending): number => passed.filter((ending) => ending.how === how).length;
    const progress = {
      cursor,
      sent: count('sent'),
      failed: count('failed'),
      skipped: count('skipped'),
      nextSendAt: this.pace.kept,
      links: this.chain.upTo(cursor),
    };
    return {
      cursor: null,
      links: [],
      besides: async (tx) => {
        const goesOn = await saveProgress(tx, this.replay.id, { progress, now: this.engine.clock.now() });
        if (!goesOn) this.stopped = true;
      },
    };
  }
}
