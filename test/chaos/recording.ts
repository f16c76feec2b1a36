/** What a run leaves behind for the oracle: what was written, what the log holds, what receivers saw, and what was done to the programs. */

export type PublishedName =
  | 'dsync.user.created'
  | 'dsync.user.updated'
  | 'dsync.user.deleted'
  | 'dsync.group.created'
  | 'dsync.group.updated'
  | 'dsync.group.deleted'
  | 'dsync.group.user_added'
  | 'dsync.group.user_removed';

/** The protocols that end sessions. */
export type RevocationProtocol =
  'global-token-revocation' | 'back-channel-logout' | 'provider-command' | 'signed-call' | 'shared-signals';

/** One row of the log. */
export interface LoggedEvent {
  position: number;
  /** By which everybody knows it; `txn` of revocations. */
  id: string;
  directoryId: string;
  organizationId: string;
  sequence: number;
  /** As the log names it: `UserDeactivated`. */
  type: string;
  /** As consumers name it; undefined when they have no word for it. */
  publishedAs: PublishedName | undefined;
  subjects: string[];
  requestId: string;
  /** What its writer can know it by: a title, a name, the way a membership changed. */
  mark: string | null;
  /** Milliseconds since 1970. */
  occurredAt: number;
}

export interface DestinationFacts {
  id: string;
  /** In the words of the run: `healthy 1`. */
  name: string;
  protocol: 'webhook' | RevocationProtocol;
  /** It comes for its tokens itself (RFC 8936), and nobody calls it. */
  polled: boolean;
  /** It has asked that what it refuses be given up after some attempts. */
  givesUp: boolean;
  /** Null: events of every organization. */
  organizationId: string | null;
  /** Empty: all of them. */
  eventTypes: readonly string[];
  /** Whose events come one after the other: of a person or group, of a directory, or nobody's. */
  ordering: 'subject' | 'directory' | 'none';
  /** How many requests it may see at the same time from those who hold its lease. */
  atOnce: number;
  /** Answers everything at once all through the run: what it hears late is nobody's fault but ours. */
  healthy: boolean;
}

/**
 * `certain`: the whole answer went out while the sender was there. `perhaps`: the status went out and the connection broke,
 * so the sender may have read it or not. `none`: refused, or silent.
 */
export type Acknowledgement = 'certain' | 'perhaps' | 'none';

/** What a revocation said, as its receiver read it. */
export interface Told {
  /** Whom it names. */
  person: string;
  /** `directory_…/sequence`, as its headers say; undefined where there are none. */
  place: string | undefined;
  /** Of the token, or of the call that is no token. */
  jti: string;
  /** Of its bytes. */
  digest: string;
}

/** A request as its receiver saw it; of a polled stream one token in the answer that its receiver was given. Ticks number everything that receivers see and say, in order; times are milliseconds since 1970. */
export interface Arrival {
  destinationId: string;
  /** `directory_…/sequence` of the event; of a revocation its `txn` and what is to be done: `event_… suspend`. */
  about: string;
  /** The sequence that it names as the one before it in its directory; undefined where it names none. */
  previous: number | null | undefined;
  /** Which process sent it: name and process id. Of a polled token nobody knows. */
  sender: string;
  arrived: number;
  arrivedAt: number;
  acknowledgement: Acknowledgement;
  /** The tick just before the status line went out; undefined while nothing was said. */
  answered: number | undefined;
  answeredAt: number | undefined;
  /** When it was over for the receiver: answered whole, or the connection gone. */
  ended: number | undefined;
  endedAt: number | undefined;
  /** Why its receiver does not believe it: a bad signature, or a claim that is wrong or forbidden. Null: it does. */
  doubt: string | null;
  /** Of a revocation, where it could be read. */
  told?: Told | undefined;
  /** Of a polled token: whether its receiver said that it will not take it, and was heard. */
  turnedDown?: Acknowledgement | undefined;
}

export type DisturbanceKind =
  | 'worker killed'
  | 'hub killed'
  | 'worker stopped'
  | 'database restarted'
  | 'database crashed'
  | 'queue flushed'
  | 'redis away'
  | 'everything paused'
  /** Nobody's doing: the machine was so busy that it took seconds to get an answer. */
  | 'database slow';

export interface Disturbance {
  kind: DisturbanceKind;
  /** Milliseconds since 1970; the end is when what was taken away was there again. */
  from: number;
  to: number;
  /** The processes that it was done to, as they name themselves; undefined: all of them. */
  processes: readonly string[] | undefined;
}

/** One change that a writer was told is made. */
export interface AcceptedWrite {
  type: string;
  subjects: readonly string[];
  mark: string | null;
  /** Of the answer that accepted it; undefined when an attempt before it had no answer, and may have been the one. */
  requestId: string | undefined;
}

/** What one writer did, in its order. Nobody else touches its people and groups. */
export interface Lane {
  name: string;
  directoryId: string;
  writes: readonly AcceptedWrite[];
}

/** Deliveries that ended otherwise than by an acknowledgement, as the database has them. */
export interface EndedWithout {
  destinationId: string;
  position: number;
  state: string;
}

/** What the API says became of one leaving at one destination. */
export interface KeptReceipt {
  /** Of the event. */
  txn: string;
  destinationId: string;
  state: 'requested' | 'acknowledged' | 'failed' | 'superseded';
  /** Milliseconds since 1970. */
  acknowledgedAt: number | null;
  jti: string | null;
}

export interface Recording {
  destinations: readonly DestinationFacts[];
  /** All that happened since the destinations were made, in order of position. */
  log: readonly LoggedEvent[];
  /** In order of their ticks. */
  arrivals: readonly Arrival[];
  disturbances: readonly Disturbance[];
  lanes: readonly Lane[];
  endedWithout: readonly EndedWithout[];
  /** All of the run. */
  receipts: readonly KeptReceipt[];
  /** Sentences about what must never happen and did: a redirect that was followed, a program that ended by itself. */
  incidents: readonly string[];
}

export interface Finding {
  law: string;
  sentence: string;
}

export function aboutOf(event: Pick<LoggedEvent, 'directoryId' | 'sequence'>): string {
  return `${event.directoryId}/${event.sequence}`;
}

/** What a webhook destination asked for, in order of position. */
export function wantedBy(destination: DestinationFacts, log: readonly LoggedEvent[]): LoggedEvent[] {
  const { organizationId, eventTypes } = destination;
  return log.filter(
    (event) =>
      event.publishedAs !== undefined &&
      (organizationId === null || event.organizationId === organizationId) &&
      (eventTypes.length === 0 || eventTypes.includes(event.publishedAs)),
  );
}

export function arrivalsOf(destination: DestinationFacts, recording: Recording): Arrival[] {
  return recording.arrivals.filter((arrival) => arrival.destinationId === destination.id);
}
