/** The protocols and the clock of the model's world: as plain as they can be. */
import { isOperational } from '@app/directory';
import { Clock } from '@app/runtime';
import { isSuccess, refused } from '../../answer.js';
import type { Protocol } from '../../protocol.js';
import { NoteSettings } from '../stage.js';

/** Says where the event is in the log; there are events that cannot be said. */
export const tale: Protocol<NoteSettings> = {
  name: 'tale',
  urgency: 'soon',
  settings: NoteSettings,
  wants: (event, { eventTypes }) =>
    !isOperational(event) && (eventTypes.length === 0 || eventTypes.includes(event.type)),
  endpoint: (settings) => settings.url,
  compose: (event, { settings, previousSequence }) => {
    const { impossible } = event.data as unknown as { impossible: boolean };
    if (impossible) return { impossible: 'there are no words for it' };
    return {
      method: 'POST',
      url: settings.url,
      headers: {},
      body: JSON.stringify({ position: event.position, previous: previousSequence }),
    };
  },
  read: (answer) => (isSuccess(answer) ? { kind: 'delivered', status: answer.status } : refused(answer)),
};

/** Tells of those who leave; pointless once they are back. */
export const leaving: Protocol<NoteSettings> = {
  ...tale,
  name: 'leaving',
  supersededBy: ['UserReactivated'],
  wants: (event) => event.type === 'UserDeactivated',
};

/** It moves when it is told to. */
export class StillClock extends Clock {
  private milliseconds = Date.UTC(2026, 0, 5, 12);

  override now(): Date {
    return new Date(this.milliseconds);
  }

  skip(seconds: number): void {
    this.milliseconds += 1_000 * seconds;
  }
}
