/** What a caller writes for a moment of the past, and the words in which one that there is not is refused. */
import { BeforeTheDirectory, HistoryBehind, UnknownToTheLog, type AsOf, type Moment } from '@app/history';
import { ApiError, notFound } from '../consumer/api-error.js';
import { textOf, timeOf, type Query } from '../consumer/query.js';
import { invalid } from '../consumer/validation.js';

/** @param log knows which ids it gave out. @returns undefined when the parameter is absent. */
export function asOfIn(
  query: Query,
  name: string,
  { log, now }: { log: { positionOf(id: string): number | undefined }; now: Date },
): AsOf | undefined {
  const text = textOf(query, name);
  if (text === undefined) return undefined;
  if (!text.startsWith('event_')) return { time: pastTime(query, name, now) };
  const position = log.positionOf(text);
  if (position !== undefined) return { position };
  const message = `'${text}' is not the id of an event. Give ${name} the id of an event, or an ISO 8601 time.`;
  throw new ApiError(400, 'invalid_cursor', message);
}

function pastTime(query: Query, name: string, now: Date): Date {
  const isDated = /^\d{4}-\d\d-\d\d/.test(textOf(query, name)!);
  const time = isDated ? timeOf(query, name)! : undefined;
  if (!time) {
    const message = `${name} must be an ISO 8601 date or time, or the id of an event`;
    throw invalid([{ field: name, code: 'invalid_date', message }]);
  }
  if (time <= now) return time;
  const message = `${name} lies in the future; the latest is now, ${now.toISOString()}`;
  throw invalid([{ field: name, code: 'in_the_future', message }]);
}

/** The moment itself, as every answer names it: asking for its position gives the same answer for ever. */
export function shownMoment({ eventId, occurredAt }: Moment): object {
  return { position: eventId, occurred_at: occurredAt };
}

/** What reading the past refuses, in the API's words. */
export function inHistorysWords(error: unknown, directoryId: string): unknown {
  if (error instanceof UnknownToTheLog) return notFound('Directory', directoryId);
  if (error instanceof BeforeTheDirectory) {
    const since = error.firstAt ? `: its first event is of ${error.firstAt.toISOString()}` : '';
    const message = `the directory ${directoryId} was not there then${since}`;
    return invalid([{ field: 'as_of', code: 'before_the_directory', message }]);
  }
  if (error instanceof HistoryBehind) {
    const message = `History is entered up to position ${error.enteredTo} of the log, and is catching up. Ask again in a moment.`;
    return new ApiError(503, 'history_not_ready', message, undefined, { retryAfterInSeconds: 5 });
  }
  return error;
}
