/** Streams of security events, as their receivers manage them. A stream is a destination; what it has beyond that is a row of its own. */
import { Injectable } from '@nestjs/common';
import { forgetHeld } from '@app/delivery';
import {
  emailSubject,
  EVENT_TYPES_SUPPORTED,
  POLL_DELIVERY,
  PUSH_DELIVERY,
  type DeliveryMethod,
} from '@app/revocation';
import { Database, type Tx } from '@app/runtime';
import { Destinations, SigningKeys, type DestinationState } from '@app/tenancy';
import { ApiError } from '../consumer/api-error.js';
import { DestinationSetUp } from '../destination-set-up.js';
import { publishKeyOf } from '../published-key.js';
import type { Receiver } from './receiver.js';
import { badRequest, inWordsOfSsf, unknownStream } from './ssf-error.js';
import { SHARED_SIGNALS, STREAMS_AT_MOST } from './ssf-settings.js';
import type { DeliveryWish, StreamWish } from './stream-body.js';
import { settingsOf, type Stream } from './stream-shown.js';

interface Row {
  id: string;
  client_id: string | null;
  status_reason: string | null;
}

@Injectable()
export class Streams {
  constructor(
    private readonly database: Database,
    private readonly destinations: Destinations,
    private readonly setUp: DestinationSetUp,
    private readonly keys: SigningKeys,
  ) {}

  /** Those of the receiver; to an operator all of the organization. Oldest first. */
  async list(receiver: Receiver, id?: string): Promise<Stream[]> {
    const rows = await this.database.rows<Row>(FIND, [
      SHARED_SIGNALS,
      receiver.organizationId,
      receiver.clientId,
      id ?? null,
    ]);
    const found = await this.destinations.findMany(rows.map((row) => row.id));
    return rows.flatMap((row) => {
      const destination = found.find((each) => each.id === row.id);
      return destination ? [{ destination, clientId: row.client_id, statusReason: row.status_reason }] : [];
    });
  }

  /** @throws ApiError 404, for a stream of somebody else too */
  async find(receiver: Receiver, id: string): Promise<Stream> {
    const [stream] = await this.list(receiver, id);
    if (!stream) throw unknownStream(id);
    return stream;
  }

  /** @throws ApiError 400, 409 when there are as many as there may be */
  async create(receiver: Receiver, wish: StreamWish, audience: string[]): Promise<Stream> {
    const whole = withDefaults(wish);
    const settings = { audience, ...settingsOfWish(whole) };
    const authorization = whole.delivery.authorizationHeader ?? undefined;
    const { destination } = await inWordsOfSsf(() =>
      this.setUp.create({
        protocol: SHARED_SIGNALS,
        organizationId: receiver.organizationId,
        settings,
        eventTypes: [],
        ...(authorization === undefined ? {} : { request: { headers: { Authorization: authorization } } }),
        sharesEndpoint: true,
        besides: (tx, { id }) => this.own(tx, id, receiver),
      }),
    );
    await publishKeyOf(this.keys, destination);
    return { destination, clientId: receiver.clientId, statusReason: null };
  }

  /** PUT: what is not there goes back to its default. @throws ApiError 400 */
  replace(stream: Stream, wish: StreamWish): Promise<Stream> {
    const whole = withDefaults(wish);
    const { authorizationHeader = null } = whole.delivery;
    const { audience, causes, subjects_removed } = settingsOf(stream);
    return this.change(
      stream,
      { ...whole, delivery: { ...whole.delivery, authorizationHeader } },
      { audience, causes, subjects_removed },
    );
  }

  /** PATCH: what is not there stays, and so does an authorization header that is not there. @throws ApiError 400 */
  update(stream: Stream, wish: StreamWish): Promise<Stream> {
    return this.change(stream, wish, settingsOf(stream));
  }

  private async change(stream: Stream, wish: StreamWish, kept: object): Promise<Stream> {
    const { delivery: before, subjects_removed: removed } = settingsOf(stream);
    const { method } = before;
    const { delivery } = wish;
    if (delivery && delivery.method !== method) throw staysSo(method);
    if (removed.length > 0 && namesOtherwise(stream, { ...kept, ...settingsOfWish(wish) }))
      throw badRequest('subject: add the subjects that were removed back first; they are named the old way.');
    const authorization = method === PUSH_DELIVERY ? delivery?.authorizationHeader : undefined;
    const destination = await inWordsOfSsf(() =>
      this.setUp.change(stream.destination, {
        settings: { ...kept, ...settingsOfWish(wish) },
        ifUnchanged: true,
        ...(authorization === undefined ? {} : { request: { headers: { Authorization: authorization } } }),
      }),
    );
    await publishKeyOf(this.keys, destination);
    return { ...stream, destination };
  }

  /**
   * §8.1.2.2: what happens while a stream is paused is told when it goes on; what happens while it is disabled is not, and
   * what was left then is forgotten. @param reason in the receiver's words.
   */
  async setStatus(stream: Stream, status: DestinationState, reason: string | null): Promise<Stream> {
    const { destination } = stream;
    const starts = status === 'enabled' && destination.state === 'disabled';
    const changed = await this.setUp.change(destination, {
      ...(status === destination.state ? {} : { state: status }),
      besides: async (tx: Tx) => {
        if (starts) await forgetHeld(tx, destination.id);
        await tx.rows(
          `insert into ssf_stream (destination_id, status_reason) values ($1, $2)
           on conflict (destination_id) do update set status_reason = excluded.status_reason`,
          [destination.id, reason],
        );
      },
    });
    return { ...stream, destination: changed, statusReason: reason };
  }

  async remove({ destination }: Stream): Promise<void> {
    await this.destinations.remove(destination.id);
  }

  /** Two that a receiver makes at once come one after the other, so that there are never more than there may be. */
  private async own(tx: Tx, destinationId: string, { clientId }: Receiver): Promise<void> {
    if (clientId !== null) {
      const there = await tx.rows('select from oauth_client where id = $1 for no key update', [clientId]);
      if (there.length === 0) throw new ApiError(401, 'invalid_token', 'The receiver was deleted.');
      const streams = await tx.rows('select from ssf_stream where client_id = $1', [clientId]);
      if (streams.length >= STREAMS_AT_MOST) {
        const message = `A receiver has at most ${STREAMS_AT_MOST} streams. Delete one, or change one.`;
        throw new ApiError(409, 'too_many_streams', message);
      }
    }
    await tx.rows('insert into ssf_stream (destination_id, client_id) values ($1, $2)', [
      destinationId,
      clientId,
    ]);
  }
}

/** §8.1.1.1: without a delivery method it is polled; who asks for no events in particular is told all that there are. */
function withDefaults(wish: StreamWish): StreamWish & { delivery: DeliveryWish } {
  return {
    eventsRequested: [...EVENT_TYPES_SUPPORTED],
    ...wish,
    delivery: wish.delivery ?? { method: POLL_DELIVERY },
  };
}

function settingsOfWish(wish: StreamWish): object {
  const { delivery, eventsRequested, description, subject, signingAlgorithm } = wish;
  return {
    ...(delivery ? { delivery: storedDelivery(delivery) } : {}),
    ...(eventsRequested ? { events_requested: eventsRequested } : {}),
    ...(description === undefined ? {} : { description }),
    ...(subject ? { subject } : {}),
    ...(signingAlgorithm === undefined ? {} : { signing_algorithm: signingAlgorithm }),
  };
}

/** Where a poll stream is asked is ours to say, and the header is kept sealed elsewhere. */
function storedDelivery({ method, endpointUrl }: DeliveryWish): object {
  return { method, ...(method === PUSH_DELIVERY ? { endpoint_url: endpointUrl } : {}) };
}

/** Whether people would be named in another way than now. */
function namesOtherwise(stream: Stream, { subject = emailSubject() }: { subject?: object }): boolean {
  const { subject: before } = settingsOf(stream);
  return (
    JSON.stringify({ ...emailSubject(), ...subject }) !== JSON.stringify({ ...emailSubject(), ...before })
  );
}

function staysSo(method: DeliveryMethod): ApiError {
  return badRequest(
    `delivery.method stays ${method} for this stream. Make another stream for the other method.`,
  );
}

const FIND = `
  select d.id, s.client_id, s.status_reason
    from destination d left join ssf_stream s on s.destination_id = d.id
   where d.protocol = $1 and d.organization_id = $2
     and ($3::text is null or s.client_id = $3) and ($4::text is null or d.id = $4)
   order by d.id`;
