/** `GET /events`: the log as consumers read it, oldest first, by a cursor that outlives everything. */
import { Controller, Get, Query, UseGuards } from '@nestjs/common';
import {
  causesOf,
  isOperationalType,
  published,
  recorded,
  type PublishedEvent,
  type PublishedType,
} from '@app/directory';
import { EventLog, type Selection } from '@app/event-log';
import { Database } from '@app/runtime';
import { ApiError } from './api-error.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { isEventName, isPublished } from './event-names.js';
import { limitOf, list, listOf, textOf, timeOf, type Query as QueryParameters } from './query.js';

const EVENTS_PER_READ = 1_000;

@Controller('events')
@UseGuards(ApiKeyGuard)
export class EventsController {
  constructor(
    private readonly database: Database,
    private readonly log: EventLog,
  ) {}

  /**
   * `order` is not honoured: five SDKs send `order=desc` unasked and mean to go forward from their cursor.
   * One event more than the page is read, so that `after` can be null when nothing is left.
   */
  @Get()
  async list(@Query() query: QueryParameters): Promise<object> {
    const limit = limitOf(query);
    const types = wantedTypes(listOf(query, 'events'));
    const found = await this.read(this.selectionOf(query, types), new Set(types), limit + 1);
    const data = found.slice(0, limit);
    return list(data, { before: null, after: found.length > limit ? data.at(-1)!.id : null });
  }

  private selectionOf(query: QueryParameters, types: PublishedType[] | undefined): Omit<Selection, 'limit'> {
    const organizationId = textOf(query, 'organization_id');
    const [from, before] = [timeOf(query, 'range_start'), timeOf(query, 'range_end')];
    return {
      after: this.positionOf(textOf(query, 'after')),
      ...(types ? { types: types.flatMap(causesOf) } : {}),
      ...(organizationId ? { organizationId } : {}),
      ...(from ? { occurredFrom: from } : {}),
      ...(before ? { occurredBefore: before } : {}),
    };
  }

  /** Any event id is a cursor, also of a type or an organization that this request does not ask for. */
  private positionOf(after: string | undefined): number {
    if (after === undefined) return 0;
    const position = this.log.positionOf(after);
    if (position !== undefined) return position;
    throw new ApiError(
      400,
      'invalid_cursor',
      `'${after}' is not the id of an event. Leave out "after" to start at the beginning.`,
    );
  }

  /** Some events have no published form, so a page may take more than one read of the log, each larger than the one before. */
  private async read(
    selection: Omit<Selection, 'limit'>,
    types: Set<string>,
    limit: number,
  ): Promise<PublishedEvent[]> {
    const found: PublishedEvent[] = [];
    let { after } = selection;
    for (let size = limit; ; size = Math.min(size * 4, EVENTS_PER_READ)) {
      const entries = await this.log.after(this.database, { ...selection, after, limit: size });
      for (const entry of entries) {
        const event = published(recorded(entry));
        if (event && isWanted(event.event, types)) found.push(event);
      }
      if (entries.length < size || found.length >= limit) return found.slice(0, limit);
      after = entries.at(-1)!.position;
    }
  }
}

/** Who names no type means what directories tell: software written for WorkOS does not know the others. */
function isWanted(type: string, named: Set<string>): boolean {
  return named.size === 0 ? !isOperationalType(type) : named.has(type);
}

/** Undefined: all of them. Names that Rollcall never publishes are accepted, and find nothing. */
function wantedTypes(names: string[]): PublishedType[] | undefined {
  const unknown = names.find((name) => !isEventName(name));
  if (unknown !== undefined) {
    const message = `Invalid name parameter, received: '${unknown}'. You must pass in valid event names`;
    throw new ApiError(400, 'invalid_events_request', message);
  }
  return names.length === 0 ? undefined : names.filter(isPublished);
}
