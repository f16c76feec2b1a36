/** What a way of telling somebody about an event has to say for itself. Pure at both ends; the engine does the rest. */
import type { DomainEventType, RecordedEvent } from '@app/directory';
import type { OpenedSecret, SecretKind, SigningOptions } from '@app/tenancy';
import type { PersonalName } from './namesakes.js';

export { DEFAULT_SIGNING_ALGORITHM, SIGNING_ALGORITHMS, type SigningAlgorithm } from '@app/tenancy';
export type { OpenedSecret, SecretKind, SigningOptions };

/** A compact JWS over the claims with a published key: the current one of the algorithm, or that of the time told. */
export type Sign = (
  claims: Record<string, unknown>,
  typ: string,
  options?: SigningOptions,
) => Promise<string>;

export interface HttpRequest {
  method: 'POST';
  url: string;
  headers: Record<string, string>;
  body: string;
  /**
   * Of the token in it, for receipts (RFC 7519 §4.1.7). Of several requests only one has it, that which ends the sessions: when
   * this one is taken the receipt is acknowledged, whatever becomes of the others.
   */
  jti?: string;
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

export interface Impossible {
  impossible: string;
}

export type Composed = HttpRequest | readonly HttpRequest[] | Impossible;

export interface Wishes<Settings> {
  settings: Settings;
  /** Published event types, as the destination's owner chose them. */
  eventTypes: readonly string[];
  /** The groups that its people must be in; undefined: it hears of everybody. */
  groupIds?: readonly string[] | undefined;
}

export interface ComposeContext<Settings> {
  destinationId: string;
  settings: Settings;
  /** Why only what `stillTells` spoke of is to be told. */
  superseded?: string | undefined;
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
  sign: Sign;
}

/** One event of a batch, and where it stands in the destination's chain. */
export interface Message {
  event: RecordedEvent;
  previousSequence: number | null;
}

/** What is known of an endpoint beside its answer. */
export interface History {
  /** The destination has a receipt that its URL of today acknowledged with a 2xx. */
  hasDelivered: boolean;
}

/** How soon somebody should hear of it: `now` has queues and workers of its own. */
export const URGENCIES = ['now', 'soon'] as const;
export type Urgency = (typeof URGENCIES)[number];

/** Its functions are declared as methods on purpose: a program keeps protocols of different settings in one map. */
export interface Protocol<Settings extends object = object> {
  readonly name: string;
  readonly urgency: Urgency;
  /** A class-validator class. */
  readonly settings: new () => Settings;
  /** Its receiver learns something and need not act, so that it can be told how everything is, and be sent a test. */
  readonly informs?: true;
  /**
   * It tells of people's access alone, and of a group only where that changes it: of memberships that end it hears the last one
   * that a person had in the destination's groups; of those that begin the first one, of somebody who has left them before.
   */
  readonly endsAccess?: true;
  /** It tells which groups a person is in, so it hears of each membership that it wants, with `afterwards`. */
  readonly tellsGroups?: true;
  /**
   * A later event of one of these types about the same subject makes an outstanding delivery pointless. A function where
   * that depends on what is delivered.
   */
  readonly supersededBy?: readonly DomainEventType[] | ((event: RecordedEvent) => readonly DomainEventType[]);
  /**
   * By which name a destination with these settings knows people, where that is not the id: whoever is back under this name,
   * though under another id, makes pointless what a `UserReactivated` would.
   */
  knownBy?(settings: Settings): PersonalName | undefined;
  /** Some of an event is to be told even when it was superseded; it is then composed with `superseded`. */
  stillTells?(event: RecordedEvent, settings: Settings): boolean;
  /** Of an urgent protocol: whether an event that it tells ends sessions, so that a receipt is kept; each without it. */
  receipted?(event: RecordedEvent, settings: Settings): boolean;
  /** A destination with these settings fetches its events itself: no worker calls it. */
  pulled?(settings: Settings): boolean;
  /**
   * Its destinations are streams that hear of their own status (`StreamUpdated`): the last such event is told once, as well
   * as it can be, also when that status is what stops them.
   */
  readonly hearsOfItself?: true;
  /** Of an urgent protocol: the only types of events that it may want; any without it. */
  readonly hears?: readonly DomainEventType[];
  /** With `tellsGroups` it is asked again about a membership when `afterwards` is known. */
  wants(event: RecordedEvent, destination: Wishes<Settings>): boolean;
  /** The URL that will be called, to be checked before a destination is made; of one that is `pulled` the name of the way. */
  endpoint(settings: Settings): string;
  /** The kinds of secret that a destination with these settings signs with; each of its destinations has them. */
  secretKinds?(settings: Settings): readonly SecretKind[];
  /**
   * Of several requests each is sent when the one before was taken; the event is delivered when all were. After a failure it
   * begins again with the first, so each must be recognisable as a repetition.
   */
  compose(event: RecordedEvent, context: ComposeContext<Settings>): Promise<Composed> | Composed;
  /**
   * Several events in one request, all or nothing. Protocols without it send one at a time. `previousSequence` of the
   * context is that of the first.
   */
  composeBatch?(
    messages: readonly Message[],
    context: ComposeContext<Settings>,
  ): Promise<HttpRequest | Impossible> | HttpRequest | Impossible;
  /** Of an urgent protocol: an answer that is no 2xx means something else where the URL has taken a delivery before. */
  readonly readsHistory?: true;
  /**
   * @param about what was told (of a batch its first), for a protocol in which an answer means not the same to all events.
   * @param history of a protocol that `readsHistory`, where the answer is no 2xx.
   */
  read(answer: HttpAnswer, about?: RecordedEvent, history?: History): Outcome;
}

/** The protocols of a program by name. Their settings are opaque to the engine, which only carries them. */
export type Protocols = ReadonlyMap<string, Protocol>;

export function protocolsByName(protocols: readonly Protocol[]): Protocols {
  return new Map(protocols.map((protocol) => [protocol.name, protocol]));
}
