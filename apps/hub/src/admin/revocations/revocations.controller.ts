/** "Are they out, and when did each application confirm it?": the receipts of everything that ended sessions. */
import { Readable } from 'node:stream';
import { Controller, Get, Param, Query, StreamableFile, UseGuards } from '@nestjs/common';
import { listAttempts, receiptsAt, searchReceipts } from '@app/delivery';
import { EventLog } from '@app/event-log';
import { typesOfCauses } from '@app/revocation';
import { Clock, Database, SearchTookTooLong } from '@app/runtime';
import { Directories, SigningKeys } from '@app/tenancy';
import { ApiError, notFound } from '../../consumer/api-error.js';
import { ApiKeyGuard } from '../../consumer/api-key.guard.js';
import { list, pageOf, textOf, type Query as QueryParameters } from '../../consumer/query.js';
import { invalid } from '../../consumer/validation.js';
import { HubSettings } from '../../hub-settings.js';
import { shownAttempt } from '../shown-attempt.js';
import { EXPORT_FORMATS, exportOf } from './export.js';
import { cursorOf, oneOf, periodOf, revocationFilterOf } from './revocation-filter.js';
import { eventIdOf, revocationIdOf } from './revocation-id.js';
import { shownRevocations, type ShownReceipt } from './shown-revocation.js';

/** Of one receipt; a revocation is tried every quarter of an hour at the end, so this is a day. */
const ATTEMPTS_SHOWN_AT_MOST = 100;

const MEDIA_TYPES = { csv: 'text/csv; charset=utf-8; header=present', jsonl: 'application/jsonl' };

@Controller('revocations')
@UseGuards(ApiKeyGuard)
export class RevocationsController {
  constructor(
    private readonly database: Database,
    private readonly log: EventLog,
    private readonly directories: Directories,
    private readonly keys: SigningKeys,
    private readonly settings: HubSettings,
    private readonly clock: Clock,
  ) {}

  @Get()
  async list(@Query() query: QueryParameters): Promise<object> {
    const { database, log } = this;
    const filter = await revocationFilterOf(query, this.directories);
    const { limit, order, after, before } = pageOf(query);
    const cursors = { after: cursorOf(log, after), before: cursorOf(log, before) };
    const searching = searchReceipts({ database, log }, filter, { limit, order, ...cursors });
    const page = await searching.catch((error: unknown) => {
      throw error instanceof SearchTookTooLong ? tooBroad() : error;
    });
    return list(await shownRevocations(database, log, page.data), {
      before: page.before && revocationIdOf(page.before),
      after: page.after && revocationIdOf(page.after),
    });
  }

  /** A file that is complete when its last line signs it. */
  @Get('export')
  async export(@Query() query: QueryParameters): Promise<StreamableFile> {
    const format = oneOf(query, 'format', EXPORT_FORMATS);
    const { occurredFrom, occurredBefore } = periodOf(query);
    if (!format || !occurredFrom || !occurredBefore)
      throw incomplete({ format, occurredFrom, occurredBefore });
    const organizationId = textOf(query, 'organization_id');
    const { database, log, keys, clock } = this;
    const lines = exportOf(
      {
        ...{ database, log, issuer: this.settings.publicUrl },
        sign: (claims, typ) => keys.sign(claims, typ),
        now: () => clock.now(),
      },
      { format, filter: { eventTypes: typesOfCauses(), organizationId, occurredFrom, occurredBefore } },
    );
    const first = await lines.next(); // so that what fails at once is answered in words
    const day = (time: Date): string => time.toISOString().slice(0, 10);
    return new StreamableFile(Readable.from(resumed(first, lines)), {
      type: MEDIA_TYPES[format],
      disposition: `attachment; filename="revocations-${day(occurredFrom)}-${day(occurredBefore)}.${format}"`,
    });
  }

  /** With the attempts that are still kept, oldest first. */
  @Get(':id')
  async get(@Param('id') id: string): Promise<object> {
    const { database, log } = this;
    const position = log.positionOf(eventIdOf(id) ?? '');
    const rows = position === undefined ? [] : await receiptsAt(database, log, [position]);
    const [revocation] = await shownRevocations(database, log, rows);
    if (position === undefined || !revocation) throw notFound('Revocation', id);
    const receipts = revocation.receipts.map((receipt) =>
      this.withAttempts(receipt, { position, revocation }),
    );
    return { ...revocation, receipts: await Promise.all(receipts) };
  }

  private async withAttempts(
    receipt: ShownReceipt,
    { position, revocation }: { position: number; revocation: { occurred_at: string } },
  ): Promise<object> {
    const filter = {
      destinationId: receipt.destination_id,
      positions: [position],
      notBefore: new Date(revocation.occurred_at),
    };
    const { data } = await listAttempts(this.database, filter, {
      limit: ATTEMPTS_SHOWN_AT_MOST,
      order: 'asc',
    });
    const { traced } = this.settings;
    return {
      ...receipt,
      kept_attempts: data.map((attempt) => shownAttempt(attempt, { log: this.log, traced })),
    };
  }
}

async function* resumed<T>(first: IteratorResult<T>, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}

function tooBroad(): ApiError {
  const message =
    'The search took too long. Narrow it: name a person, a destination, an organization, or a from and to.';
  return new ApiError(400, 'search_too_broad', message);
}

function incomplete({ format, occurredFrom, occurredBefore }: Record<string, unknown>): ApiError {
  const needed = [
    { field: 'from', value: occurredFrom, message: 'from is needed: when the period begins' },
    { field: 'to', value: occurredBefore, message: 'to is needed: the period ends just before it' },
    { field: 'format', value: format, message: `format is needed: one of ${EXPORT_FORMATS.join(', ')}` },
  ];
  const missing = needed.filter(({ value }) => value === undefined);
  return invalid(missing.map(({ field, message }) => ({ field, code: 'required', message })));
}
