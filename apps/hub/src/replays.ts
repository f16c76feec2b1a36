/** Has destinations told again what they were told, or how everything is: checked here, counted here, done by a worker. */
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import {
  countReplay,
  createReplay,
  Errands,
  holdDelivery,
  noteTotal,
  parseSettings,
  ReplayRunning,
  toldUntil,
  type Count,
  type Protocol,
  type Replay,
  type ReplaySelection,
} from '@app/delivery';
import { EventLog } from '@app/event-log';
import { Clock, Database, type Tx } from '@app/runtime';
import type { Destination } from '@app/tenancy';
import { contradictionsIn } from './admin/replay-bodies.js';
import { ApiError, type FieldError } from './consumer/api-error.js';
import { invalid } from './consumer/validation.js';
import { DestinationFilters } from './destination-filters.js';
import { PROTOCOLS, unknownProtocol } from './protocols.js';

/** Kind, selection and range, as `countReplay` and `createReplay` take them. */
export type Plan = Pick<Replay, 'kind' | 'selection' | 'fromPosition' | 'toPosition'>;

/** A person waits for the count. */
const COUNTED_WITHIN_IN_MILLISECONDS = 3_000;
/** And for that of a dry run, which asks for nothing else, a little longer. */
const DRY_RUN_WITHIN_IN_MILLISECONDS = 10_000;
/** Nobody waits any more; the total is shown when it is there. */
const COUNTED_BEHIND_WITHIN_IN_MILLISECONDS = 10 * 60_000;

@Injectable()
export class Replays {
  constructor(
    private readonly database: Database,
    private readonly log: EventLog,
    private readonly filters: DestinationFilters,
    private readonly errands: Errands,
    private readonly clock: Clock,
  ) {}

  /** What a selection means for this destination now. @throws ApiError 422 */
  async plan(destination: Destination, selection: ReplaySelection): Promise<Plan> {
    const errors = [...contradictionsIn(selection), ...this.unknownEvents(selection)];
    if (errors.length > 0) throw invalid(errors);
    await this.filters.check(selection, destination.organizationId, null);
    if (selection.snapshot) {
      refuseSnapshotOf(protocolOf(destination), 'snapshot');
      const toPosition = await toldUntil(this.database, destination.id);
      return { kind: 'snapshot', selection, fromPosition: 0, toPosition };
    }
    return { kind: 'replay', selection, ...(await this.range(destination, selection)) };
  }

  /** How a part of everything is, which lies in one directory. @throws ApiError 422 */
  async planPart(
    destination: Destination,
    part: Pick<ReplaySelection, 'event_types' | 'subject_ids'> & { directory_ids: [string] },
  ): Promise<Plan> {
    refuseSnapshotOf(protocolOf(destination), 'destination_id');
    const toPosition = await toldUntil(this.database, destination.id);
    return { kind: 'snapshot', selection: { snapshot: true, ...part }, fromPosition: 0, toPosition };
  }

  /** @throws ReplayRunning */
  async create(
    destination: Destination,
    plan: Plan,
    maxPerSecond: number | null,
  ): Promise<{ replay: Replay; counting: Promise<void> }> {
    const replay = await this.database.transaction(async (tx) => {
      const held = plan.kind === 'snapshot' ? { toPosition: await holdDelivery(tx, destination.id) } : {};
      return this.insert(tx, destination, { ...plan, ...held }, maxPerSecond);
    });
    return { replay, counting: this.begin(destination, replay) };
  }

  /** A snapshot for a destination that is being made in this transaction; `begin` it afterwards. */
  createSnapshot(tx: Tx, destination: Destination, toPosition: number): Promise<Replay> {
    const plan = { kind: 'snapshot', selection: { snapshot: true }, fromPosition: 0, toPosition } as const;
    return this.insert(tx, destination, plan, null);
  }

  /** @returns when it is counted, or has been waited for long enough; it never fails. */
  begin(destination: Destination, replay: Replay): Promise<void> {
    const { urgency } = protocolOf(destination);
    // Without the ticket the sweep finds it.
    void this.errands.put(urgency, destination.id).catch(() => undefined);
    if (replay.state !== 'running') return Promise.resolve();
    const counted = this.count(destination, replay, COUNTED_BEHIND_WITHIN_IN_MILLISECONDS)
      .then(({ total, complete }) => (complete ? noteTotal(this.database, replay.id, total) : undefined))
      .catch(() => undefined);
    return Promise.race([counted, pause(COUNTED_WITHIN_IN_MILLISECONDS, undefined, { ref: false })]);
  }

  /** Reads everything that would be told. @returns with `complete` false when time was up before the end. */
  count(
    destination: Destination,
    plan: Plan,
    withinInMilliseconds = DRY_RUN_WITHIN_IN_MILLISECONDS,
  ): Promise<Count> {
    const protocol = protocolOf(destination);
    const settings = parseSettings(protocol, destination.settings);
    return countReplay(
      {
        reader: { database: this.database, log: this.log },
        receiver: { destination, sender: { protocol, settings } },
        replay: plan,
      },
      { after: plan.fromPosition, withinInMilliseconds },
    );
  }

  private insert(
    tx: Tx,
    { id: destinationId }: Destination,
    plan: Plan,
    maxPerSecond: number | null,
  ): Promise<Replay> {
    return createReplay(tx, { ...plan, destinationId, maxPerSecond }, this.clock.now());
  }

  /** What the destination was not told yet comes by itself. Events that are named are told again wherever they stand. */
  private async range(
    { id }: Destination,
    selection: ReplaySelection,
  ): Promise<Pick<Plan, 'fromPosition' | 'toPosition'>> {
    const { after, until, from_time, to_time, event_ids } = selection;
    const positionOf = (event: string): number => this.log.positionOf(event)!;
    if (event_ids) {
      const positions = event_ids.map(positionOf);
      return { fromPosition: Math.min(...positions) - 1, toPosition: Math.max(...positions) };
    }
    const { database, log } = this;
    const fromPosition = Math.max(
      after ? positionOf(after) : 0,
      from_time ? await log.positionBefore(database, new Date(from_time)) : 0,
    );
    const toPosition = Math.min(
      await toldUntil(database, id),
      until ? positionOf(until) : Infinity,
      to_time ? await log.positionAfter(database, new Date(to_time)) : Infinity,
    );
    return { fromPosition, toPosition: Math.max(fromPosition, toPosition) };
  }

  private unknownEvents({ after, until, event_ids = [] }: ReplaySelection): FieldError[] {
    const named = [
      ...(after === undefined ? [] : [['after', after] as const]),
      ...(until === undefined ? [] : [['until', until] as const]),
      ...event_ids.map((id) => ['event_ids', id] as const),
    ];
    const errors = named
      .filter(([, id]) => this.log.positionOf(id) === undefined)
      .map(([field, id]) => ({ field, code: 'unknown_event', message: `'${id}' is not the id of an event` }));
    if (errors.length > 0 || after === undefined || until === undefined) return errors;
    if (this.log.positionOf(after)! < this.log.positionOf(until)!) return [];
    return [{ field: 'until', code: 'invalid_range', message: 'until must be later than after' }];
  }
}

function protocolOf(destination: Destination): Protocol {
  const protocol = PROTOCOLS.get(destination.protocol);
  if (!protocol) throw unknownProtocol(destination.protocol);
  return protocol;
}

/** @throws ApiError 422 for a protocol whose receiver would act upon each thing it is told. */
export function refuseSnapshotOf(protocol: Protocol, field: string): void {
  if (protocol.informs) return;
  const message = `${protocol.name} ends sessions, and has no word for how everything is: begin now, at the beginning, or after an event`;
  throw invalid([{ field, code: 'not_supported', message }]);
}

/** 409: there is one at a time. */
export function replayRunning(destinationId: string): ApiError {
  const message = `A replay of ${destinationId} is running. Wait for its end, or stop it first.`;
  return new ApiError(409, 'replay_running', message);
}

/** @throws ApiError 409 while another one runs */
export async function oneAtATime<T>(destinationId: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof ReplayRunning ? replayRunning(destinationId) : error;
  }
}
