/** Hands out the tokens of a polled stream and hears what became of them: RFC 8936. The log is the queue; only its cursor is kept. */
import { Injectable } from '@nestjs/common';
import { isReceipted, lastWord, lockPulled, readPulled, settlePulled } from '@app/delivery';
import { EventLog } from '@app/event-log';
import { reasonNotTold, setsOf, type SecurityEvent } from '@app/revocation';
import { Clock, Database, Observations, type Tx } from '@app/runtime';
import type { SigningAlgorithm } from '@app/tenancy';
import { HubSettings } from '../hub-settings.js';
import { PROTOCOLS } from '../protocols.js';
import { Outstanding, type Answer, type Answered, type Telling } from './outstanding.js';
import { unknownStream } from './ssf-error.js';
import { PATHS, SHARED_SIGNALS } from './ssf-settings.js';
import { settingsOf, type Stream } from './stream-shown.js';

/** Of the log, in one statement. */
const EVENTS_IN_A_PAGE = 500;
/** Of one poll; a receiver that wants little of a long log is answered with nothing yet, and that there is more. */
const PAGES_AT_MOST = 20;
/** So far ahead of the first token that it has not answered does a receiver get others. */
const AHEAD_AT_MOST = 1_000;

export interface Polled {
  sets: SecurityEvent[];
  /** What they are to be signed with. */
  algorithm: SigningAlgorithm;
  /** There is more than that already. */
  more: boolean;
  /** Everything up to here was looked at. */
  readTo: number;
}

@Injectable()
export class Polling {
  constructor(
    private readonly database: Database,
    private readonly log: EventLog,
    private readonly clock: Clock,
    private readonly observations: Observations,
    private readonly settings: HubSettings,
  ) {}

  /**
   * @param answers what the receiver says of tokens that it was given, by `jti`; unknown ones were answered before.
   * @param most how many tokens it takes. @throws ApiError 404 when the stream is gone meanwhile
   */
  poll(stream: Stream, answers: ReadonlyMap<string, Answer>, most: number): Promise<Polled> {
    return this.database.transaction(async (tx) => {
      const { id } = stream.destination;
      const cursor = await lockPulled(tx, id);
      if (cursor === undefined) throw unknownStream(id);
      const answered = await tx.rows<Answered>(
        'select position, jti, error from ssf_answered where destination_id = $1',
        [id],
      );
      const outstanding = new Outstanding(answered, answers);
      const { readTo, ended } = await this.read(tx, stream, { outstanding, cursor, most });
      const isOpen = stream.destination.state === 'enabled';
      const lastSets = isOpen ? [] : await this.lastSets(tx, stream, { outstanding, cursor, readTo });
      const finished = outstanding.finishedUpTo(readTo);
      await this.settle(tx, stream, { outstanding, cursor, finished });
      const { pending } = outstanding;
      const given = isOpen ? pending : pending.filter(({ jti }) => lastSets.some((set) => set.jti === jti));
      return {
        sets: given.slice(0, most),
        algorithm: settingsOf(stream).signing_algorithm,
        more: isOpen && (pending.length > most || !ended),
        readTo,
      };
    });
  }

  private async read(
    tx: Tx,
    stream: Stream,
    { outstanding, cursor, most }: { outstanding: Outstanding; cursor: number; most: number },
  ): Promise<{ readTo: number; ended: boolean }> {
    const settings = settingsOf(stream);
    const protocol = PROTOCOLS.get(SHARED_SIGNALS)!;
    const receiver = { destination: stream.destination, sender: { protocol, settings } };
    const identity = { streamId: stream.destination.id, issuer: this.settings.publicUrl };
    let readTo = cursor;
    for (let pages = 0; pages < PAGES_AT_MOST; pages++) {
      const page = await readPulled({ tx, log: this.log }, receiver, {
        after: readTo,
        limit: EVENTS_IN_A_PAGE,
      });
      for (const event of page.events) {
        const superseded = page.superseded.get(event);
        const sets = setsOf(event, settings, identity);
        const valid = superseded === undefined ? sets : setsOf(event, settings, { ...identity, superseded });
        const reason = superseded ?? reasonNotTold(event, settings);
        outstanding.add({ event, sets, valid, reason } satisfies Telling);
      }
      readTo = page.readTo;
      if (page.ended) return { readTo, ended: true };
      const count = outstanding.pending.length;
      if (count > AHEAD_AT_MOST || (count > most && outstanding.heardAll)) break;
    }
    return { readTo, ended: false };
  }

  /** SSF 1.0 §8.1.5: that a stream stops is told although it does, and nothing else. */
  private async lastSets(
    tx: Tx,
    stream: Stream,
    { outstanding, cursor, readTo }: { outstanding: Outstanding; cursor: number; readTo: number },
  ): Promise<SecurityEvent[]> {
    const event = await lastWord({ tx, log: this.log }, stream.destination, cursor);
    if (!event) return [];
    const identity = { streamId: stream.destination.id, issuer: this.settings.publicUrl };
    const sets = setsOf(event, settingsOf(stream), identity);
    if (event.position > readTo) outstanding.add({ event, sets, valid: sets });
    return sets;
  }

  private async settle(
    tx: Tx,
    stream: Stream,
    { outstanding, cursor, finished }: { outstanding: Outstanding; cursor: number; finished: number },
  ): Promise<void> {
    const { heard, ended } = outstanding;
    const { id } = stream.destination;
    const now = this.clock.now();
    const ahead = heard.filter(({ position }) => position > finished);
    await tx.rows(
      `insert into ssf_answered (destination_id, position, jti, error, answered_at)
       select $1, a.position, a.jti, a.error, $3
         from json_to_recordset($2::json) as a(position bigint, jti text, error text)
       on conflict do nothing`,
      [id, JSON.stringify(ahead), now],
    );
    await tx.rows('delete from ssf_answered where destination_id = $1 and position <= $2', [id, finished]);
    const addressee = {
      destinationId: id,
      protocol: SHARED_SIGNALS,
      endpoint: `${this.settings.publicUrl}/${PATHS.poll}/${id}`,
    };
    const protocol = PROTOCOLS.get(SHARED_SIGNALS)!;
    const receipts = ended.filter(({ event }) => isReceipted(protocol, event, settingsOf(stream)));
    await settlePulled(tx, addressee, { ended: receipts, from: cursor, cursor: finished, now });
    for (const { jti, error } of heard)
      if (error !== null) this.observations.warn('security event refused', { streamId: id, jti, error });
  }
}
