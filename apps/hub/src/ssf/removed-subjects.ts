/** Whom receivers took out of their streams; kept with the settings, so that whoever tells of events needs no look-up. */
import { Injectable } from '@nestjs/common';
import { REMOVED_SUBJECTS_AT_MOST, type SubjectIdentifier } from '@app/revocation';
import { Clock, Database } from '@app/runtime';
import { ApiError } from '../consumer/api-error.js';
import type { Stream } from './stream-shown.js';

// One statement each, so that two at once lose nothing; the time moves on so that whoever has read the settings reads them again.
const SETTINGS = (list: string): string => `
  update destination
     set settings = jsonb_set(settings, '{subjects_removed}', ${list}),
         updated_at = greatest($3::timestamptz, updated_at + interval '1 millisecond')
   where id = $1`;
const REMOVED = `coalesce(settings -> 'subjects_removed', '[]')`;
const ADD = `${SETTINGS(`${REMOVED} || $2::jsonb`)}
    and not ${REMOVED} @> $2::jsonb and jsonb_array_length(${REMOVED}) < ${REMOVED_SUBJECTS_AT_MOST}
  returning 1`;
const FORGET = `${SETTINGS(
  `(select coalesce(jsonb_agg(e), '[]') from jsonb_array_elements(${REMOVED}) e where e <> $2::jsonb -> 0)`,
)}
    and ${REMOVED} @> $2::jsonb returning 1`;
const THERE = `select 1 from destination where id = $1 and ${REMOVED} @> $2::jsonb`;

@Injectable()
export class RemovedSubjects {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Harmless when it was done before. @throws ApiError 409 when there are as many as there may be */
  async add({ destination: { id } }: Stream, subject: SubjectIdentifier): Promise<void> {
    const list = JSON.stringify([subject]);
    const added = await this.database.rows(ADD, [id, list, this.clock.now()]);
    if (added.length > 0 || (await this.database.rows(THERE, [id, list])).length > 0) return;
    const message = `At most ${REMOVED_SUBJECTS_AT_MOST} subjects can be taken out of a stream. Let an operator restrict it to groups.`;
    throw new ApiError(409, 'too_many_subjects', message);
  }

  /** They are told of again from now on. Harmless when they were never taken out. */
  async forget({ destination: { id } }: Stream, subject: SubjectIdentifier): Promise<void> {
    await this.database.rows(FORGET, [id, JSON.stringify([subject]), this.clock.now()]);
  }
}
