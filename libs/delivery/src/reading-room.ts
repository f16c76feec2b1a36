/** What one slice may hold of the events that the slices of its process hold together. */
import type { Engine } from './engine.js';
import type { Window } from './window.js';

/** For what is being read. Given back at the moment when the window has it, and counts it itself. */
export interface Reserved {
  bytesAtMost: number;
  giveBack(): void;
}

/** Room that the first page asks for, each later one twice as much: a page of usual events takes a tenth of it. */
const FIRST_WISH_IN_BYTES = 256 * 1_024;

export class ReadingRoom {
  /** Nothing was read the last time: others hold what there is. */
  isFull = false;
  private wish = FIRST_WISH_IN_BYTES;

  constructor(
    private readonly engine: Pick<Engine, 'holdings' | 'limits'>,
    private readonly window: Pick<Window, 'bytes'>,
  ) {}

  get hasRoom(): boolean {
    return this.window.bytes < this.engine.limits.bytesPerSlice / 2;
  }

  /** Room is taken before anything is read. Where little is left, only who has nothing in hand reads, one event at least. */
  async read(read: (room: Reserved) => Promise<void>): Promise<void> {
    const { holdings, limits } = this.engine;
    const wish = Math.min(this.wish, limits.bytesPerSlice - this.window.bytes);
    this.wish = Math.min(2 * this.wish, limits.bytesPerSlice);
    const bytesAtMost = holdings.reserve(wish);
    let reserved = bytesAtMost;
    this.isFull = bytesAtMost < wish && this.window.bytes > 0;
    const giveBack = (): void => {
      holdings.change(-reserved);
      reserved = 0;
    };
    try {
      if (!this.isFull) await read({ bytesAtMost, giveBack });
    } finally {
      giveBack();
    }
  }
}
