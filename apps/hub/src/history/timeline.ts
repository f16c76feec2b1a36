/** A page of somebody's timeline: each event with what changed, who said so, and what became of it everywhere. One statement per kind. */
import { Injectable } from '@nestjs/common';
import { deliveriesOfAll, receiptsAt, type EventDelivery, type Receipt } from '@app/delivery';
import type { RecordedEvent } from '@app/directory';
import { EventLog } from '@app/event-log';
import { eventsAbout, type Known, type PositionWish } from '@app/history';
import { Database, type PageOfRows } from '@app/runtime';
import { Destinations } from '@app/tenancy';
import { PROTOCOLS } from '../protocols.js';
import { Causes, type ShownCause } from './causes.js';
import { toldOf, type Told } from './told-of-event.js';

export interface TimelineEntry extends Told {
  object: 'timeline_entry';
  id: string;
  occurred_at: string;
  sequence: number;
  directory_id: string;
  said_by: ShownCause;
  deliveries: ShownDelivery[];
  receipts: ShownReceipt[];
}

interface ShownDelivery {
  destination_id: string;
  protocol: string | null;
  state: string;
  attempts: number;
  delivered_at: string | null;
  last_outcome: string | null;
  last_status: number | null;
}

interface ShownReceipt {
  destination_id: string;
  protocol: string;
  state: string;
  attempts: number;
  requested_at: string;
  acknowledged_at: string | null;
  status: number | null;
  reason: string | null;
}

@Injectable()
export class Timeline {
  constructor(
    private readonly database: Database,
    private readonly log: EventLog,
    private readonly destinations: Destinations,
    private readonly causes: Causes,
  ) {}

  async page(known: Known, wish: PositionWish): Promise<PageOfRows<TimelineEntry>> {
    const { database, log } = this;
    const page = await eventsAbout(database, log, known, wish);
    const events = page.data;
    const positions = events.map(({ position }) => position);
    const [ofOrganization, ofEverybody, causes, receipted] = await Promise.all([
      this.destinations.ofOrganization(known.organizationId),
      this.destinations.ofOrganization(null),
      this.causes.of(
        database,
        events.map(({ requestId }) => requestId),
      ),
      receiptsAt(database, log, positions),
    ]);
    const destinations = [...ofOrganization, ...ofEverybody];
    const deliveries = await deliveriesOfAll(database, events, { destinations, protocols: PROTOCOLS });
    const receipts = new Map(receipted.map((each) => [each.position, each.receipts]));
    return {
      ...page,
      data: events.map((event) => ({
        ...shownEvent(event),
        said_by: causes.get(event.requestId)!,
        deliveries: (deliveries.get(event.position) ?? []).map(shownDelivery),
        receipts: (receipts.get(event.position) ?? []).map(shownReceipt),
      })),
    };
  }
}

function shownEvent(event: RecordedEvent): Omit<TimelineEntry, 'said_by' | 'deliveries' | 'receipts'> {
  return {
    object: 'timeline_entry',
    id: event.id,
    ...toldOf(event),
    occurred_at: event.occurredAt,
    sequence: event.sequence,
    directory_id: event.directoryId,
  };
}

function shownDelivery(delivery: EventDelivery): ShownDelivery {
  return {
    destination_id: delivery.destinationId,
    protocol: delivery.destination?.protocol ?? null,
    state: delivery.state.replace('-', '_'),
    attempts: delivery.attempts,
    delivered_at: delivery.deliveredAt?.toISOString() ?? null,
    last_outcome: delivery.lastOutcome,
    last_status: delivery.lastStatus,
  };
}

function shownReceipt(receipt: Receipt): ShownReceipt {
  return {
    destination_id: receipt.destinationId,
    protocol: receipt.protocol,
    state: receipt.state,
    attempts: receipt.attempts,
    requested_at: receipt.requestedAt.toISOString(),
    acknowledged_at: receipt.acknowledgedAt?.toISOString() ?? null,
    status: receipt.status,
    reason: receipt.reason,
  };
}
