/** When a credential ends, as people write it. */
import { ApiError } from '../consumer/api-error.js';
import { invalid } from '../consumer/validation.js';

/** RFC 3339: date, time and offset, so that nobody has to guess the time zone. */
export const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
export const DATE_TIME_MESSAGE =
  'expires_at must be a time such as 2030-01-31T12:00:00Z, or null for a token that never expires';

export const OVERLAP_DEFAULT_IN_SECONDS = 86_400;
export const OVERLAP_MOST_IN_SECONDS = 30 * 86_400;
export const OVERLAP_MESSAGE = `overlap_seconds must be a whole number from 0 (the old one ends at once) to ${OVERLAP_MOST_IN_SECONDS} (30 days)`;

/** @throws ApiError 422 for what is no time or is over already */
export function endOf(text: string | null, now: Date): Date | null {
  if (text === null) return null;
  const end = new Date(text);
  if (Number.isNaN(end.getTime())) throw wrong('invalid_date', DATE_TIME_MESSAGE);
  if (end > now) return end;
  throw wrong('in_the_past', 'expires_at must be in the future. To end a token now, delete it');
}

function wrong(code: string, message: string): ApiError {
  return invalid([{ field: 'expires_at', code, message }]);
}
