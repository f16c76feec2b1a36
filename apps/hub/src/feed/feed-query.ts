/** What a request asks for of the log, in its query parameters. */
import { DOMAIN_EVENT_TYPES, type DomainEventType, type PublishedType } from '@app/directory';
import { ApiError } from '../consumer/api-error.js';
import { isEventName, isPublished } from '../consumer/event-names.js';
import { limitOf, listOf, textOf, timeOf, type Query } from '../consumer/query.js';
import { invalid } from '../consumer/validation.js';
import type { FeedFilter } from './feed-scope.js';

export const EVENTS_AT_MOST = 1_000;
/** Shorter than the half minute after which most clients and proxies give up; one may ask for a little more. */
export const WAIT_AT_MOST_IN_SECONDS = 30;
export const NAMES_AT_MOST = 100;

/** @throws ApiError 400 or 422 */
export function filterOf(query: Query): FeedFilter {
  const organizationId = textOf(query, 'organization_id');
  const directoryIds = namesOf(query, 'directory');
  const subjects = namesOf(query, 'subject');
  const types = publishedTypes(listOf(query, 'events'));
  const causes = namesOf(query, 'cause');
  const [from, before] = [timeOf(query, 'range_start'), timeOf(query, 'range_end')];
  return {
    ...(organizationId ? { organizationId } : {}),
    ...(directoryIds.length > 0 ? { directoryIds } : {}),
    ...(subjects.length > 0 ? { subjects } : {}),
    ...(types ? { types } : {}),
    ...(causes.length > 0 ? { causes: knownCauses(causes, 'cause') } : {}),
    ...(from ? { from } : {}),
    ...(before ? { before } : {}),
  };
}

export function feedLimitOf(query: Query): number {
  return limitOf(query, EVENTS_AT_MOST);
}

export function waitOf(query: Query): number {
  return secondsOf(query, 'wait', { most: WAIT_AT_MOST_IN_SECONDS }) ?? 0;
}

/** @throws ApiError 422 */
export function secondsOf(query: Query, field: string, { most }: { most: number }): number | undefined {
  const text = textOf(query, field);
  if (text === undefined) return undefined;
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (seconds <= most) return seconds;
  const message = `${field} must be a whole number of seconds from 0 to ${most}`;
  throw invalid([{ field, code: 'invalid_range', message }]);
}

/** Undefined: all of them. Names that Rollcall never publishes are accepted, and find nothing. */
export function publishedTypes(names: string[]): ReadonlySet<PublishedType> | undefined {
  const unknown = names.find((name) => !isEventName(name));
  if (unknown !== undefined) {
    const message = `Invalid name parameter, received: '${unknown}'. You must pass in valid event names`;
    throw new ApiError(400, 'invalid_events_request', message);
  }
  return names.length === 0 ? undefined : new Set(names.filter(isPublished));
}

/** @throws ApiError 422 */
export function knownCauses(names: string[], field: string): DomainEventType[] {
  const unknown = names.find((name) => !isCause(name));
  if (unknown === undefined) return names.filter(isCause);
  const message = `${field}: '${unknown}' is no cause; they are ${Object.keys(DOMAIN_EVENT_TYPES).join(', ')}`;
  throw invalid([{ field, code: 'unknown_name', message }]);
}

function isCause(name: string): name is DomainEventType {
  return Object.hasOwn(DOMAIN_EVENT_TYPES, name);
}

function namesOf(query: Query, field: string): string[] {
  const names = [...new Set(listOf(query, field))];
  if (names.length <= NAMES_AT_MOST) return names;
  const message = `${field} may name at most ${NAMES_AT_MOST}`;
  throw invalid([{ field, code: 'too_many', message }]);
}
