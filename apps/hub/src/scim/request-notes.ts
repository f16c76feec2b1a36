import type { EventRun } from '@app/provisioning';

/** What the parser passed over: names that the schemas do not know, and the dialect's quirks that took effect. */
export interface Indulgence {
  ignored: string[];
  quirks: string[];
}

/** The words of an error as the caller got them. */
export interface Refusal {
  detail: string;
  scimType?: string | undefined;
}

/** What is worth knowing of a SCIM request besides its answer: kept with the request, told to whoever keeps a log of requests. */
export class RequestNotes {
  private readonly parsed: Indulgence[] = [];
  /** Members that were named, do not exist, and were left out. */
  readonly unknownMembers: string[] = [];
  /** Where in the log the events are that the request made. */
  readonly events: EventRun[] = [];
  refusal: Refusal | undefined;

  /** @param parsed may go on collecting quirks until its command has been decided, so it is read late. */
  read(parsed: Indulgence): void {
    this.parsed.push(parsed);
  }

  /** All that has been noted, each name once. To be asked when the answer is known. */
  summary(): Indulgence & { unknownMembers: string[] } {
    return {
      ignored: [...new Set(this.parsed.flatMap(({ ignored }) => ignored))],
      quirks: [...new Set(this.parsed.flatMap(({ quirks }) => quirks))],
      unknownMembers: this.unknownMembers,
    };
  }
}

/** The notes of a request, made where somebody first has something to note. */
export function notesOf(request: object): RequestNotes {
  return ((request as { notes?: RequestNotes }).notes ??= new RequestNotes());
}
