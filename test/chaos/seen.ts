/** What receivers saw and said, numbered in one order however many they are. */
import type { Arrival } from './recording.js';

export class Seen {
  private readonly all: Arrival[] = [];
  private now = 0;

  /** In order. */
  get arrivals(): Arrival[] {
    return [...this.all].sort((one, other) => one.arrived - other.arrived);
  }

  /** The next moment. */
  tick(): number {
    this.now += 1;
    return this.now;
  }

  /** Begins now; it counts once it is kept. */
  arrival(destinationId: string, sender: string): Arrival {
    return {
      destinationId,
      sender,
      about: '',
      previous: undefined,
      arrived: this.tick(),
      arrivedAt: Date.now(),
      acknowledgement: 'none',
      answered: undefined,
      answeredAt: undefined,
      ended: undefined,
      endedAt: undefined,
      doubt: null,
    };
  }

  keep(arrival: Arrival): void {
    this.all.push(arrival);
  }
}
