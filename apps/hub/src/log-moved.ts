/** Tells the workers, and whoever waits at this hub, after a commit and never inside one, that the log has grown. */
import type { Bell } from '@app/delivery';
import { typesOfCauses } from '@app/revocation';

export class LogMoved {
  /** Of what was written; without them anything may have been. */
  readonly tell: (types?: readonly string[]) => void;
  private readonly listeners: ((types?: readonly string[]) => void)[] = [];

  constructor(bell: Pick<Bell, 'ring'>) {
    this.tell = (types) => {
      bell.ring({ unhurried: types !== undefined && !types.some((type) => URGENT.has(type)) });
      for (const listener of this.listeners) listener(types);
    };
  }

  /** @param listener within this hub; must return at once and never throw. */
  hear(listener: (types?: readonly string[]) => void): void {
    this.listeners.push(listener);
  }
}

/** What ends sessions, or what takes that back. */
const URGENT: ReadonlySet<string> = new Set([...typesOfCauses(), 'UserReactivated']);
