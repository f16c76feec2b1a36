/** What the engine works with; a program puts it together once. */
import type { EventLog } from '@app/event-log';
import type { Clock, Database, Observations } from '@app/runtime';
import type { Destinations } from '@app/tenancy';
import type { Holdings } from './holdings.js';
import type { Protocols, Sign } from './protocol.js';
import type { Send } from './send.js';
import type { SettingsShelf } from './settings-shelf.js';

export interface EngineLimits {
  /** After so long a destination yields its place to others. */
  sliceInMilliseconds: number;
  /** Events read from the log, and parked deliveries loaded, at a time. */
  batch: number;
  /** Results are written down when there are so many, or when the oldest has waited so long. */
  settleEvery: number;
  settleWithinMilliseconds: number;
  /** Bytes of events that one slice holds; one larger event is held alone. */
  bytesPerSlice: number;
}

export const ENGINE_LIMITS: EngineLimits = {
  sliceInMilliseconds: 2_000,
  batch: 200,
  settleEvery: 64,
  settleWithinMilliseconds: 50,
  bytesPerSlice: 4 * 1_024 * 1_024,
};

export interface AttemptKeeping {
  /** False: attempts are made and told, and not kept. */
  kept: boolean;
  /** Which of them get a line in the log. */
  told: 'all' | 'failures';
  /** The name of this process in them. */
  worker: string;
}

export interface Engine {
  database: Database;
  log: EventLog;
  destinations: Destinations;
  clock: Clock;
  /** From 0 to 1, spreads retries. */
  dice(): number;
  send: Send;
  sign: Sign;
  issuer: string;
  protocols: Protocols;
  settings: SettingsShelf;
  observations: Observations;
  limits: EngineLimits;
  attempts: AttemptKeeping;
  /** Shared by all that this process works for. */
  holdings: Holdings;
  /** Aborted when the program wants to stop: nothing new is started. */
  stopping: AbortSignal;
}
