/** What was written by one transaction, for whoever keeps count. */
export interface Appended {
  commands: number;
  events: number;
  /** Of the events. */
  types: string[];
  /** Of those commands that made events. */
  requestIds: string[];
  /** Milliseconds since 1970. */
  startedAt: number;
  durationInMilliseconds: number;
}
