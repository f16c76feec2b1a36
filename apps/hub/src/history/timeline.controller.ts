/** "What happened to this person, who said so, and who heard of it?", also of people and groups that are gone. */
import { Controller, Get, Param, Query, UseGuards, type StreamableFile } from '@nestjs/common';
import { EventLog } from '@app/event-log';
import { knownToTheLog, type Known } from '@app/history';
import { Database } from '@app/runtime';
import { notFound } from '../consumer/api-error.js';
import { list, pageOf, type Query as QueryParameters } from '../consumer/query.js';
import { cellOf, csvFile, isCsv, type Column } from './csv-file.js';
import { positionsOf } from './cursors.js';
import { HistoryGuard } from './history.guard.js';
import { Timeline, type TimelineEntry } from './timeline.js';

const ROWS_AT_ONCE = 200;

@Controller()
@UseGuards(HistoryGuard)
export class TimelineController {
  constructor(
    private readonly database: Database,
    private readonly log: EventLog,
    private readonly timeline: Timeline,
  ) {}

  /** With `format=csv` all of it in one file, oldest first. */
  @Get('directory_users/:id/timeline')
  ofUser(@Param('id') id: string, @Query() query: QueryParameters): Promise<object | StreamableFile> {
    return this.of('user', id, query);
  }

  @Get('directory_groups/:id/timeline')
  ofGroup(@Param('id') id: string, @Query() query: QueryParameters): Promise<object | StreamableFile> {
    return this.of('group', id, query);
  }

  private async of(
    kind: Known['kind'],
    id: string,
    query: QueryParameters,
  ): Promise<object | StreamableFile> {
    const page = pageOf(query);
    const wish = { ...page, ...positionsOf(page, this.log) };
    const isFile = isCsv(query);
    const known = await knownToTheLog(this.database, id);
    if (known?.kind !== kind) throw notFound(kind === 'user' ? 'Directory user' : 'Directory group', id);
    if (isFile) return csvFile(`timeline-${id}`, COLUMNS, this.everything(known));
    const { data, before, after } = await this.timeline.page(known, wish);
    return list(data, { before, after }, query);
  }

  private async *everything(known: Known): AsyncGenerator<Line[]> {
    for (let after: number | undefined; ;) {
      const page = await this.timeline.page(known, { limit: ROWS_AT_ONCE, order: 'asc', after });
      yield page.data.flatMap(linesOf);
      if (page.after === null) return;
      after = this.log.positionOf(page.after);
    }
  }
}

/** One for each destination that heard of the event, and one for an event that nobody heard of. */
interface Line {
  entry: TimelineEntry;
  delivery: TimelineEntry['deliveries'][number] | null;
  receipt: TimelineEntry['receipts'][number] | null;
}

function linesOf(entry: TimelineEntry): Line[] {
  const { deliveries, receipts } = entry;
  const receiptOf = new Map(receipts.map((receipt) => [receipt.destination_id, receipt]));
  const ids = new Set([...deliveries, ...receipts].map(({ destination_id: id }) => id));
  if (ids.size === 0) return [{ entry, delivery: null, receipt: null }];
  return [...ids].map((id) => ({
    entry,
    delivery: deliveries.find(({ destination_id: each }) => each === id) ?? null,
    receipt: receiptOf.get(id) ?? null,
  }));
}

const COLUMNS: readonly Column<Line>[] = [
  ['occurred_at', ({ entry }) => entry.occurred_at],
  ['event_id', ({ entry }) => entry.id],
  ['sequence', ({ entry }) => entry.sequence],
  ['event', ({ entry }) => entry.event],
  ['cause', ({ entry }) => entry.cause],
  ['changes', ({ entry }) => (entry.changes.length > 0 ? cellOf(entry.changes) : null)],
  ['group_id', ({ entry }) => entry.membership?.group.id ?? null],
  ['group_name', ({ entry }) => cellOf(entry.membership?.group.name)],
  ['member_id', ({ entry }) => entry.membership?.member.id ?? null],
  ['member_name', ({ entry }) => cellOf(entry.membership?.member.name)],
  ['membership', ({ entry }) => entry.membership?.change ?? null],
  ['request_id', ({ entry }) => entry.said_by.request_id],
  ['request_kept', ({ entry }) => (entry.said_by.kept ? 'yes' : 'no')],
  ['request_method', ({ entry }) => entry.said_by.request?.method ?? null],
  ['request_path', ({ entry }) => entry.said_by.request?.path ?? null],
  ['request_status', ({ entry }) => entry.said_by.request?.status ?? null],
  ['identity_provider', ({ entry }) => entry.said_by.request?.identity_provider ?? null],
  ['token_id', ({ entry }) => entry.said_by.request?.token?.id ?? null],
  ['token_name', ({ entry }) => entry.said_by.request?.token?.name ?? null],
  ['destination_id', ({ delivery, receipt }) => delivery?.destination_id ?? receipt?.destination_id ?? null],
  ['delivery', ({ delivery }) => delivery?.state ?? null],
  ['attempts', ({ delivery, receipt }) => delivery?.attempts ?? receipt?.attempts ?? null],
  ['delivered_at', ({ delivery }) => delivery?.delivered_at ?? null],
  ['receipt', ({ receipt }) => receipt?.state ?? null],
  ['acknowledged_at', ({ receipt }) => receipt?.acknowledged_at ?? null],
];
