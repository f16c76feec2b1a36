/** What the database says of destinations: read between two acts, and compared with the model. */
import type { Tx } from '@app/runtime';
import type { EarState } from './story.js';

export interface Parked {
  position: number;
  subjects: string[];
  state: 'waiting' | 'behind' | 'given-up' | 'superseded';
  attempts: number;
  /** ISO 8601; null: nothing is due. */
  dueAt: string | null;
}

export interface Seen {
  id: string;
  state: EarState;
  cursor: number;
  workTo: number | null;
  token: string | null;
  /** Somebody's lease has not run out. */
  leased: boolean;
  openedAt: Date | null;
  restingUntil: Date | null;
  parked: Parked[];
}

/** In the order of the ids asked for. */
export async function standingsOf(tx: Tx, ids: string[]): Promise<Seen[]> {
  return tx.rows<Seen>(
    `select d.id, d.state, s.cursor, s.work_to as "workTo", s.lease_token as token,
            coalesce(s.lease_until > now(), false) as leased, s.breaker_opened_at as "openedAt",
            s.resting_until as "restingUntil",
            coalesce((select json_agg(json_build_object('position', p.position, 'subjects', p.subjects,
                                                        'state', p.state, 'attempts', p.attempts, 'dueAt', p.due_at) order by p.position)
                        from parked_delivery p where p.destination_id = d.id), '[]') as parked
       from unnest($1::text[]) with ordinality as asked(id, place)
       join destination d on d.id = asked.id join delivery_state s on s.destination_id = d.id
      order by asked.place`,
    [ids],
  );
}

export async function standingOf(tx: Tx, id: string): Promise<Seen> {
  return (await standingsOf(tx, [id]))[0]!;
}
