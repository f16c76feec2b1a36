/** What a way of telling somebody about an event has to say for itself. Pure at both ends; the engine does the rest. */
import type { DomainEventType, RecordedEvent } from '@app/directory';
import type { OpenedSecret, SecretKind } from '@app/tenancy';

export type { OpenedSecret, SecretKind };

export interface HttpRequest {
  method: 'POST';
  url: string;
  headers: Record<string, string>;
  body: string;
}

export interface HttpAnswer {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** The first bytes of the body, as text. */
  excerpt: string;
  /** When the status line was read. */
  at: Date;
}

/** How an attempt ended. The world's unwillingness is a value, never an exception. */
export type Outcome =
  /** `note`: why an answer that is no 2xx counts (the wish is already true). */
  | { kind: 'delivered'; status: number; note?: string }
  | Refused
  /** `ours`: what failed stands on our side (the operator's proxy, our sockets), and the endpoint is not blamed. */
  | { kind: 'unreachable'; reason: string; ours?: true }
  /** This event can never be put into this protocol; trying again is pointless. */
  | { kind: 'impossible'; reason: string }
  /** A later event of the same subject has made it pointless. */
  | { kind: 'superseded'; reason: string };

export interface Refused {
  kind: 'refused';
  status: number;
  /** The receiver asks to be left alone altogether for so long (429, 503). */
  retryAfterInSeconds?: number;
  /** Only this event is not worth trying again sooner. */
  eventPauseInSeconds?: number;
  /** The receiver wants nothing more, ever (410). */
  gone?: boolean;
  note?: string;
}

/** One event of several that travel in one request. */
export interface Message {
  event: RecordedEvent;
  previousSequence: number | null;
}

export interface Impossible {
  impossible: string;
}

export interface Wishes<Settings> {
  settings: Settings;
  /** Published event types, as the destination's owner chose them. */
  eventTypes: readonly string[];
}

export interface ComposeContext<Settings> {
  settings: Settings;
  /** Those of the destination that lived when its work began, newest first. None for a protocol without `secretKinds`. */
  secrets: readonly OpenedSecret[];
  /**
   * The sequence of the event before this one that the destination wants of the same directory; null: its chain begins
   * here. The same in each attempt.
   */
  previousSequence: number | null;
  /** The time of this attempt, not of the event. */
  at: Date;
  /** From 1. */
  attempt: number;
  /** The URL under which this installation's keys are published. */
  issuer: string;
  /** A compact JWS over the claims with a published key. */
  sign(claims: Record<string, unknown>, typ: string): Promise<string>;
}

/** One event of a batch, and where it stands in the destination's chain. */
export interface Message {
  event: RecordedEvent;
  previousSequence: number | null;
}

/** How soon somebody should hear of it: `now` has queues and workers of its own. */
export type Urgency = 'now' | 'soon';

/** Its functions are declared as methods on purpose: a program keeps protocols of different settings in one map. */
export interface Protocol<Settings extends object = object> {
  readonly name: string;
  readonly urgency: Urgency;
  /** A class-validator class. */
  readonly settings: new () => Settings;
  /** Its receiver learns something and need not act, so that it can be told how everything is, and be sent a test. */
  readonly informs?: true;
  /** A later event of one of these types about the same subject makes an outstanding delivery pointless. */
  readonly supersededBy?: readonly DomainEventType[];
  wants(event: RecordedEvent, destination: Wishes<Settings>): boolean;
  /** The URL that will be called, to be checked before a destination is made. */
  endpoint(settings: Settings): string;
  /** The kinds of secret that a destination with these settings signs with; each of its destinations has them. */
  secretKinds?(settings: Settings): readonly SecretKind[];
  compose(
    event: RecordedEvent,
    context: ComposeContext<Settings>,
  ): Promise<HttpRequest | Impossible> | HttpRequest | Impossible;
  /**
   * Several events in one request, all or nothing. Protocols without it send one at a time. `previousSequence` of the
   * context is that of the first.
   */
  composeBatch?(
    messages: readonly Message[],
    context: ComposeContext<Settings>,
  ): Promise<HttpRequest | Impossible> | HttpRequest | Impossible;
  read(answer: HttpAnswer): Outcome;
}

/** The protocols of a program by name. Their settings are opaque to the engine, which only carries them. */
export type Protocols = ReadonlyMap<string, Protocol>;

export function protocolsByName(protocols: readonly Protocol[]): Protocols {
  return new Map(protocols.map((protocol) => [protocol.name, protocol]));
}
