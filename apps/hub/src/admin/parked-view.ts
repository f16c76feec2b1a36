/** Failed deliveries as the API shows them, with what the log knows of their events: one statement for a page. */
import { PARKED_STATES, type ParkedDelivery, type ParkedState } from '@app/delivery';
import { publishedType, recorded } from '@app/directory';
import type { Entry, EventLog } from '@app/event-log';
import type { Database } from '@app/runtime';
import { ApiError } from '../consumer/api-error.js';
import { invalid } from '../consumer/validation.js';

export interface ShownParked {
  object: 'parked_delivery';
  destination_id: string;
  event_id: string;
  behind_event_id: string | null;
  state: string;
  [member: string]: unknown;
}

export class ParkedView {
  constructor(
    private readonly database: Database,
    private readonly log: EventLog,
  ) {}

  async shown(destinationId: string, rows: readonly ParkedDelivery[]): Promise<ShownParked[]> {
    const positions = rows.flatMap(({ position, behind }) =>
      behind === null ? [position] : [position, behind],
    );
    const entries = await this.log.at(this.database, [...new Set(positions)]);
    const known = new Map(entries.map((entry) => [entry.position, entry]));
    return rows.map((row) => {
      const behind = row.behind === null ? undefined : known.get(row.behind);
      return shown(destinationId, row, { entry: known.get(row.position)!, behind });
    });
  }
}

function shown(
  destinationId: string,
  row: ParkedDelivery,
  { entry, behind }: { entry: Entry; behind: Entry | undefined },
): ShownParked {
  return {
    object: 'parked_delivery',
    destination_id: destinationId,
    event_id: entry.id,
    event: publishedType(recorded(entry)) ?? null,
    cause: entry.type,
    organization_id: entry.organizationId,
    directory_id: entry.directoryId,
    sequence: entry.sequence,
    subjects: entry.subjects,
    occurred_at: entry.occurredAt,
    request_id: entry.requestId,
    state: row.state.replace('-', '_'),
    attempts: row.attempts,
    due_at: row.dueAt?.toISOString() ?? null,
    last_outcome: row.lastOutcome,
    parked_at: row.parkedAt.toISOString(),
    behind_event_id: behind?.id ?? null,
    decision: row.decision,
  };
}

export function parkedStateOf(text: string | undefined): ParkedState | undefined {
  if (text === undefined) return undefined;
  const state = PARKED_STATES.find((each) => each.replace('-', '_') === text);
  if (state) return state;
  const choices = PARKED_STATES.map((each) => each.replace('-', '_')).join(', ');
  throw invalid([{ field: 'state', code: 'invalid_state', message: `state must be one of ${choices}` }]);
}

/** Any event id is a cursor. */
export function cursorOf(log: EventLog, id: string | undefined): number | undefined {
  if (id === undefined) return undefined;
  const position = log.positionOf(id);
  if (position !== undefined) return position;
  throw new ApiError(400, 'invalid_cursor', `'${id}' is not the id of an event. Leave the cursor out.`);
}
