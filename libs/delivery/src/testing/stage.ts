/** What tests of deliveries stand on: a log to write to, destinations, and an engine whose clock can be moved. */
import { IsString } from 'class-validator';
import type { RecordedEvent } from '@app/directory';
import { append, EventLog, loadHeads, type NewEvent } from '@app/event-log';
import { Clock, Database, Observations, Sealing, type TicketQueue } from '@app/runtime';
import { Destinations, DestinationSecrets, Organizations, TENANCY_ENTITIES } from '@app/tenancy';
import { AddressGuard } from '../address-guard.js';
import { isSuccess, refused } from '../answer.js';
import { beginDelivery } from '../begin.js';
import { ENGINE_LIMITS, type Engine } from '../engine.js';
import { protocolsByName, type Protocol } from '../protocol.js';
import { Holdings } from '../holdings.js';
import { HttpSender } from '../send.js';
import { SettingsShelf } from '../settings-shelf.js';
import { Errands, type ErrandTicket } from '../tickets.js';

export class NoteSettings {
  @IsString() url: string;
}

/** The plainest protocol there is: the event's id and position, to everyone. */
export const note: Protocol<NoteSettings> = {
  name: 'note',
  urgency: 'soon',
  settings: NoteSettings,
  wants: (event: RecordedEvent, { eventTypes }) => eventTypes.length === 0 || eventTypes.includes(event.type),
  endpoint: (settings) => settings.url,
  compose: (event, { settings, attempt, previousSequence }) => ({
    method: 'POST',
    url: settings.url,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      id: event.id,
      position: event.position,
      subjects: event.subjects,
      attempt,
      previous: previousSequence,
    }),
  }),
  read: (answer) => (isSuccess(answer) ? { kind: 'delivered', status: answer.status } : refused(answer)),
};

/** Like a revocation: pointless once the person is back. */
export const farewell: Protocol<NoteSettings> = {
  ...note,
  name: 'farewell',
  urgency: 'now',
  supersededBy: ['UserReactivated'],
  wants: (event) => event.type === 'UserDeactivated',
};

export class MovableClock extends Clock {
  private offset = 0;

  override now(): Date {
    return new Date(Date.now() + this.offset);
  }

  skip(seconds: number): void {
    this.offset += seconds * 1_000;
  }
}

export interface Stage {
  database: Database;
  engine: Engine;
  clock: MovableClock;
  /** What was put into the queues, newest last; emptied by the test. */
  tickets: string[];
  errands: Errands;
  /** Lines of the log of the program, at level warn and above. */
  said: string[];
  organization(): Promise<string>;
  destination(wish: DestinationWish): Promise<string>;
  /** @returns the positions. */
  append(organizationId: string, events: PlainEvent[]): Promise<number[]>;
  state(destinationId: string): Promise<Record<string, unknown>>;
  parked(destinationId: string): Promise<ParkedView[]>;
  close(): Promise<void>;
}

export interface DestinationWish {
  /** Of the plain protocols of this stage; others have `settings`. */
  url?: string;
  settings?: Record<string, unknown>;
  secret?: string | null;
  protocol?: string;
  organizationId?: string | null;
  eventTypes?: string[];
  filter?: Record<string, unknown>;
  delivery?: Record<string, unknown>;
  request?: object | null;
}

export type PlainEvent = Pick<NewEvent, 'type' | 'subjects'> & Partial<Pick<NewEvent, 'data' | 'previous'>>;

export interface ParkedView {
  position: number;
  state: string;
  attempts: number;
  due_at: Date | null;
}

export async function openStage(url: string): Promise<Stage> {
  const database = await Database.connect(url, {
    entities: TENANCY_ENTITIES as never[],
    applicationName: 'stage',
  });
  const clock = new MovableClock();
  const secrets = new DestinationSecrets(database, clock, new Sealing(Buffer.alloc(32, 7)));
  const destinations = new Destinations(database, clock, secrets);
  const said: string[] = [];
  const sender = new HttpSender({
    guard: new AddressGuard({ allowedNetworks: ['127.0.0.0/8'] }),
    version: 'test',
    deadlineInMilliseconds: 3_000,
  });
  const stopping = new AbortController();
  const engine: Engine = {
    database,
    destinations,
    clock,
    log: await EventLog.open(database),
    dice: () => 0.5,
    send: sender.send,
    sign: () => Promise.reject(new Error('nothing to sign with on this stage')),
    issuer: 'https://rollcall.test',
    protocols: protocolsByName([note, farewell]),
    settings: new SettingsShelf(),
    observations: new Observations({ level: 'warn', write: (line) => said.push(line) }),
    limits: { ...ENGINE_LIMITS },
    attempts: { kept: true, told: 'all', worker: 'stage' },
    holdings: new Holdings(64 * 1_024 * 1_024),
    stopping: stopping.signal,
  };
  const tickets: string[] = [];
  const kept = (name: string): TicketQueue => ({
    put: async (key, ticket) => {
      const { destinationIds = [] } = ticket as Partial<ErrandTicket>;
      const keys = destinationIds.length > 1 ? destinationIds : [key];
      tickets.push(...keys.map((each) => `${name.replace('errands-', '')} ${each}`));
    },
    depth: async () => tickets.length,
  });
  return {
    ...{ database, engine, clock, tickets, said },
    errands: new Errands(kept),
    organization: async () => (await new Organizations(database, clock).create('Acme')).id,
    destination: (wish) => makeDestination(database, destinations, wish),
    append: (organizationId, events) => appendEvents(database, organizationId, events),
    state: async (id) =>
      (
        await database.rows<Record<string, unknown>>(
          `select * from delivery_state where destination_id = $1`,
          [id],
        )
      )[0]!,
    parked: (id) =>
      database.rows(
        `select position, state, attempts, due_at from parked_delivery where destination_id = $1 order by position`,
        [id],
      ),
    close: async () => {
      await sender.close();
      await database.close();
    },
  };
}

function makeDestination(
  database: Database,
  destinations: Destinations,
  {
    url,
    settings = { url },
    secret = null,
    protocol = 'note',
    organizationId = null,
    eventTypes = [],
    filter = {},
    delivery = {},
    request = null,
  }: DestinationWish,
): Promise<string> {
  return database.transaction(async (tx, manager) => {
    const { id } = await destinations.create(manager, {
      idPrefix: 'destination',
      organizationId,
      protocol,
      settings,
      eventTypes,
      filter,
      delivery,
      request,
    });
    if (secret !== null) await destinations.secrets.insert(manager, id, { kind: 'hmac', value: secret });
    await beginDelivery(tx, id);
    return id;
  });
}

async function appendEvents(
  database: Database,
  organizationId: string,
  events: PlainEvent[],
): Promise<number[]> {
  const directoryId = `directory_of_${organizationId}`;
  const last = await database.transaction(async (tx) => {
    const heads = await loadHeads(tx, [directoryId]);
    const occurredAt = new Date().toISOString();
    return append(
      tx,
      events.map((event) => ({
        data: {},
        directoryId,
        organizationId,
        requestId: 'request_1',
        occurredAt,
        ...event,
      })),
      heads,
    );
  });
  return events.map((_, index) => last - events.length + 1 + index);
}
