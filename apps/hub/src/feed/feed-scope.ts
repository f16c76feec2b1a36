/** What somebody may read of the log, and what they ask for within it. */
import {
  causesOf,
  isOperationalType,
  type DomainEventType,
  type PublishedEvent,
  type PublishedType,
} from '@app/directory';
import type { Selection, Trace } from '@app/event-log';
import { ApiError } from '../consumer/api-error.js';

/** Null: no limit of that kind. */
export interface FeedScope {
  organizationId: string | null;
  directoryId: string | null;
  types: ReadonlySet<PublishedType> | null;
  /** The named consumers that may be read for. */
  consumers: ReadonlySet<string> | null;
}

/** Of an API key. */
export const EVERYTHING: FeedScope = {
  organizationId: null,
  directoryId: null,
  types: null,
  consumers: null,
};

export interface FeedFilter {
  organizationId?: string;
  directoryIds?: string[];
  /** People and groups. */
  subjects?: string[];
  /** Published types; absent: all that directories tell. */
  types?: ReadonlySet<PublishedType>;
  causes?: readonly DomainEventType[];
  from?: Date;
  before?: Date;
}

/** What is read for somebody: never more than the scope, whatever was asked for. */
export interface Feed {
  /** For the log: everything that is wanted, and a little more. */
  selection: Omit<Selection, 'after' | 'limit'>;
  wants(event: PublishedEvent): boolean;
  /** Whether an event of the log may be wanted. */
  concerns(trace: Trace): boolean;
}

/** @throws ApiError 403 when something is asked for that the scope does not have */
export function feedOf(filter: FeedFilter, scope: FeedScope): Feed {
  refuseOutside(filter, scope);
  const types = filter.types ?? scope.types;
  const allowed = types && new Set([...types].flatMap(causesOf));
  const causes = filter.causes
    ? filter.causes.filter((cause) => allowed?.has(cause) ?? true)
    : allowed && [...allowed];
  return {
    selection: {
      ...(causes ? { types: causes } : {}),
      ...(filter.organizationId ? { organizationId: filter.organizationId } : {}),
      ...(scope.organizationId ? { organizationIds: [scope.organizationId] } : {}),
      ...(filter.directoryIds ? { directoryIds: filter.directoryIds } : {}),
      ...(scope.directoryId ? { directoryId: scope.directoryId } : {}),
      ...(filter.subjects ? { subjects: filter.subjects } : {}),
      ...(filter.from ? { occurredFrom: filter.from } : {}),
      ...(filter.before ? { occurredBefore: filter.before } : {}),
    },
    wants: ({ event }) =>
      // Who names no type means what directories tell: software written for WorkOS does not know the others.
      types ? (types as ReadonlySet<string>).has(event) : !isOperationalType(event),
    concerns: (trace) =>
      (!causes || (causes as string[]).includes(trace.type)) &&
      isAmong(trace.organizationId, filter.organizationId && [filter.organizationId]) &&
      isAmong(trace.organizationId, scope.organizationId && [scope.organizationId]) &&
      isAmong(trace.directoryId, filter.directoryIds) &&
      isAmong(trace.directoryId, scope.directoryId && [scope.directoryId]) &&
      (!filter.subjects || trace.subjects.some((subject) => filter.subjects!.includes(subject))),
  };
}

/** Whether everything that a filter finds is within a scope. */
export function isWithin(filter: FeedFilter, scope: FeedScope): boolean {
  const { organizationId, directoryIds, types } = filter;
  const isDirectory = directoryIds?.length === 1 && directoryIds[0] === scope.directoryId;
  return (
    (scope.directoryId === null || isDirectory) &&
    // A directory is of one organization for good.
    (scope.organizationId === null || scope.organizationId === organizationId || isDirectory) &&
    (scope.types === null || (types !== undefined && [...types].every((type) => scope.types!.has(type))))
  );
}

function refuseOutside({ organizationId, directoryIds, types }: FeedFilter, scope: FeedScope): void {
  const foreign = [
    scope.organizationId !== null && organizationId !== scope.organizationId ? organizationId : undefined,
    scope.directoryId === null ? undefined : directoryIds?.find((id) => id !== scope.directoryId),
    scope.types === null || !types ? undefined : [...types].find((type) => !scope.types!.has(type)),
  ].find((each) => each !== undefined);
  if (foreign !== undefined) throw outsideScope(foreign);
}

export function outsideScope(what: string): ApiError {
  const remedy = 'Leave it out, or make a token for it with an API key (POST /feed_tokens).';
  return new ApiError(403, 'outside_scope', `This feed token may not read '${what}'. ${remedy}`);
}

function isAmong(value: string, wanted: readonly string[] | '' | null | undefined): boolean {
  return !wanted || wanted.includes(value);
}
