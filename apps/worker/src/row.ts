/** Destinations that wait for a worker's places, and those that have one. No clock of its own, no queue, no database. */
import { Rota, type Place } from '@app/delivery';

export interface RowParts {
  /** Destinations worked for at the same time. */
  places: number;
  sliceInMilliseconds: number;
  /** While others wait for a place. */
  slicePerTurnInMilliseconds: number;
  quietInMilliseconds: number;
  /** Works for a destination; never rejects. */
  work: (destinationId: string, place: Place) => Promise<void>;
  /** Of these places, while the process has more to do than it can. */
  placesWhileLate: number;
  isLate: () => boolean;
  /** Told of each place that is taken, and given back. */
  onPlace: (change: 'taken' | 'given back') => void;
  /** For how long those at work should start nothing. */
  holdInMilliseconds: () => number;
  /** Whether one more may work on without a place, waiting for a silent endpoint. */
  mayStepAside: () => boolean;
}

/** Tickets taken from the queue ahead of their turn. More wait in the queue, where other workers can take them. */
const AHEAD_AT_MOST = 2_000;

export class Row {
  private readonly turns = new Rota();
  private readonly working = new Set<string>();
  /** A ticket came while the destination was worked for. */
  private readonly again = new Map<string, string>();
  private readonly pumping = new Set<Promise<void>>();
  private taken = 0;
  private stopped = false;
  private room: (() => void)[] = [];

  constructor(private readonly parts: RowParts) {}

  /** Waiting, or worked for. */
  has(destinationId: string): boolean {
    return this.turns.has(destinationId) || this.working.has(destinationId);
  }

  get waiting(): number {
    return this.turns.size;
  }

  /** One more that joined now would begin at once. */
  get hasFreePlace(): boolean {
    return !this.stopped && this.turns.size === 0 && this.taken < this.parts.places;
  }

  /** Those that have stepped aside included. */
  get inHand(): number {
    return this.working.size;
  }

  get aside(): number {
    return this.working.size - this.taken;
  }

  /** @returns once it has its place in the row: a full one lets nobody in until somebody's turn has come. */
  async join(destinationId: string, account: string): Promise<void> {
    while (this.turns.size >= AHEAD_AT_MOST && !this.stopped && !this.has(destinationId))
      await new Promise<void>((resolve) => this.room.push(resolve));
    if (this.stopped) return;
    if (this.working.has(destinationId)) this.again.set(destinationId, account);
    else this.turns.add(destinationId, account);
    this.advance();
  }

  /** Gives the free places to those whose turn it is. */
  advance(): void {
    const { places, placesWhileLate, isLate } = this.parts;
    const mayBegin = (): boolean => this.taken < placesWhileLate || (this.taken < places && !isLate());
    while (this.turns.size > 0 && mayBegin()) this.begin(this.turns.next()!);
    if (this.turns.size < AHEAD_AT_MOST) for (const enter of this.room.splice(0)) enter();
  }

  /** Begins nothing more. @returns when everything that was begun has ended; the sweep finds the others. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.turns.clear();
    this.again.clear();
    for (const enter of this.room.splice(0)) enter();
    await Promise.all(this.pumping);
  }

  private begin(destinationId: string): void {
    this.taken += 1;
    this.parts.onPlace('taken');
    this.working.add(destinationId);
    let isTaken = true;
    const giveBack = (): void => {
      if (!isTaken) return;
      isTaken = false;
      this.taken -= 1;
      this.parts.onPlace('given back');
    };
    const place = this.place(() => {
      giveBack();
      this.advance();
    });
    const pumping = this.parts.work(destinationId, place).finally(() => {
      giveBack();
      this.pumping.delete(pumping);
      this.working.delete(destinationId);
      const account = this.again.get(destinationId);
      this.again.delete(destinationId);
      if (account !== undefined) this.turns.add(destinationId, account);
      this.advance();
    });
    this.pumping.add(pumping);
  }

  private place(giveBack: () => void): Place {
    const { parts, turns } = this;
    return {
      get wanted() {
        return turns.size > 0;
      },
      get sliceInMilliseconds() {
        return turns.size > 0 ? parts.slicePerTurnInMilliseconds : parts.sliceInMilliseconds;
      },
      get holdInMilliseconds() {
        return parts.holdInMilliseconds();
      },
      quietInMilliseconds: parts.quietInMilliseconds,
      leave: () => {
        const may = parts.mayStepAside();
        if (may) giveBack();
        return may;
      },
    };
  }
}
