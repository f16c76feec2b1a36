/** What befalls the destinations of events themselves, so that the people who run them hear of it as of anything else. */

/** A destination as its own events tell of it. No path and no settings: a URL may hold a secret. */
export interface DestinationFacts {
  id: string;
  /** Null: it hears of every organization. */
  organizationId: string | null;
  protocol: string;
  /** With its port, where that is not the usual one; null where the settings name none. */
  endpointHost: string | null;
  /** As it is after the event. */
  state: 'enabled' | 'paused' | 'disabled';
}

/** Why deliveries to a destination were stopped: by rule, by an answer of 410, by the receiver's word, by a person. */
export type StopReason = 'failing' | 'gone' | 'receiver_asked' | 'manual';

/** An event that a destination will not be told of any more, unless a person asks for it. */
export interface SkippedEvent {
  id: string;
  position: number;
  sequence: number;
  directoryId: string;
  organizationId: string;
  /** The type of the domain event, as `context.cause` shows it. */
  cause: string;
  attempts: number;
  /** The HTTP status of the last answer; null when there was none. */
  status: number | null;
}

/** A request to end somebody's sessions that an application has not confirmed in time. */
export interface OverdueRevocation {
  /** Of the event that is the cause. */
  id: string;
  position: number;
  sequence: number;
  directoryId: string;
  organizationId: string;
  /** In the word of receipts: `deactivated`, … */
  cause: string;
  attempts: number;
  /** The HTTP status of the last answer; null when there was none. */
  status: number | null;
}

export interface DestinationStop {
  destination: DestinationFacts;
  /** When the failing began, where that is the reason. */
  since: string | null;
  reason: StopReason;
}

export type DestinationEvent =
  /** Its breaker opened: since then it has only been asked now and then whether it is back. */
  | {
      type: 'DestinationFailing';
      data: { destination: DestinationFacts; since: string; consecutiveFailures: number; reason: string };
    }
  /** `since`: when it was said to be failing, or was stopped. */
  | { type: 'DestinationRecovered'; data: { destination: DestinationFacts; since: string } }
  | { type: 'DestinationDisabled'; data: DestinationStop }
  | { type: 'DestinationPaused'; data: DestinationStop }
  | {
      type: 'DestinationBacklog';
      data: { destination: DestinationFacts; since: string; eventsBehind: number };
    }
  | {
      type: 'DeliverySkipped';
      data: { destination: DestinationFacts; skipped: SkippedEvent; since: string | null; reason: string };
    }
  /** `since`: when it was asked for. Once for each, however late it gets. */
  | {
      type: 'RevocationOverdue';
      data: {
        destination: DestinationFacts;
        revocation: OverdueRevocation;
        since: string;
        targetInSeconds: number;
      };
    };

const STREAM = 'operations';

/**
 * The pseudo directory in whose log the events about an organization's destinations stand; with null, those about
 * destinations of every organization.
 */
export function operationsOf(organizationId: string | null): string {
  return organizationId === null ? STREAM : `${STREAM}_${organizationId}`;
}

/** Whether a log is about destinations and has no people in it. */
export function isOperations(directoryId: string): boolean {
  return directoryId === STREAM || directoryId.startsWith(`${STREAM}_`);
}
