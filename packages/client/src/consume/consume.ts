/** Follows the hub's events and hands each to the application, exactly once for each commit of its own transaction. */
import type { RollcallClient } from '../client.js';
import type { AnyEvent, DirectoryEvent } from '../events.js';
import type { WebhookRequest } from '../webhooks/request.js';
import type { WebhookVerifier } from '../webhooks/verifier.js';
import type { Wanted } from './feed.js';
import { Loop } from './loop.js';
import type { HandleIn, Store } from './store.js';

/** What befalls a consumer, for logs and metrics. */
export type Observation =
  /** This instance consumes from now on; until then another one did. */
  | { kind: 'holding' }
  /** Another instance consumes. */
  | { kind: 'waiting' }
  | { kind: 'handled'; events: number; cursor: string | null }
  /** Nothing of it has happened; it is tried again. */
  | { kind: 'failed'; error: unknown; attempt: number; retryInMilliseconds: number }
  /** A webhook had spoken of an event that the feed had not shown. `found`: it has shown it when asked again. */
  | { kind: 'hole'; directoryId: string; sequence: number; found: boolean };

export interface ConsumeOptions<Tx, Event extends AnyEvent = DirectoryEvent> {
  client: Pick<RollcallClient, 'events'>;
  store: Store<Tx>;
  /** Writes what follows from the event, with `tx` and with nothing else. It commits together with the cursor. */
  handle: HandleIn<Tx, Event>;
  /** One cursor for each name; `default` unless told otherwise. */
  name?: string;
  /** What to read; everything that directories tell unless told otherwise. */
  wanted?: Wanted;
  /** Where a consumer that is new begins: at the beginning unless told otherwise. Not looked at later. */
  startAfter?: string;
  /** Needed for `receive`. */
  verifier?: WebhookVerifier;
  /** Stops, as `stop()` does. */
  signal?: AbortSignal;
  /** This process among all that run; a name that is the same after a restart goes on at once. Random unless given. */
  instance?: string;
  observe?: (what: Observation) => void;
  tuning?: Partial<Tuning>;
}

export interface Tuning {
  /** Events read at once, 1 to 100 (more where the hub allows it). */
  pageSize: number;
  /** Events handled in one transaction, as long as nothing fails. */
  eventsPerTransaction: number;
  /** How long the hub may keep a request until something happens. */
  waitInSeconds: number;
  /** The pause between two reads where the hub does not wait. */
  pollInSeconds: number;
  /** So long after the last sign of life of an instance another one takes over. More than `waitInSeconds`. */
  leaseInSeconds: number;
  /** The longest pause after failures. */
  backOffInSeconds: number;
  /** How long handled events are remembered, so that repetitions and holes are known. */
  rememberInDays: number;
}

export const DEFAULT_TUNING: Tuning = {
  pageSize: 100,
  eventsPerTransaction: 20,
  waitInSeconds: 10,
  pollInSeconds: 2,
  leaseInSeconds: 20,
  backOffInSeconds: 30,
  rememberInDays: 7,
};

export interface Consumer {
  /**
   * Ends when the consumer was stopped. Fails with what no repetition mends: `CursorExpired`, `LogDiverged`, a `RollcallError`
   * that says that the key or the request is wrong.
   */
  readonly done: Promise<void>;
  /**
   * A webhook, as it came: wakes the consumer, and is proof of what it must find. Answer 204 when this returns, 401 for
   * `WebhookNotVerified`, and 500 for anything else, so that it comes again.
   */
  receive(request: WebhookRequest): Promise<void>;
  /** Reads on now. */
  wake(): void;
  /** Lets what is being handled come to its end. */
  stop(): Promise<void>;
}

export function consume<Tx, Event extends AnyEvent = DirectoryEvent>(
  options: ConsumeOptions<Tx, Event>,
): Consumer {
  const loop = new Loop(options, { ...DEFAULT_TUNING, ...options.tuning });
  const done = loop.run();
  return {
    done,
    receive: (request) => loop.receive(request),
    wake: () => loop.wake(),
    stop: () => {
      loop.stop();
      return done;
    },
  };
}
