/** What people do to destinations, for both: they subscribe, press buttons and put deliveries back. */
import { headPosition } from '@app/event-log';
import { reorderDelivery, resumeDelivery, rewindDelivery } from '../../begin.js';
import type { Engine } from '../../engine.js';
import type { Ordering } from '../../order.js';
import { repeatDelivery } from '../../parked.js';
import { RETRY_POLICIES } from '../../retry-policy.js';
import type { Stage } from '../stage.js';
import { leaving, tale, type StillClock } from './receivers.js';
import { standingOf } from './standing.js';
import { Ear, type EarState, type EarWish, type Story } from './story.js';

export interface Ground {
  stage: Stage;
  engine: Engine;
  clock: StillClock;
  story: Story;
  /** The position before which there are other worlds. */
  floor: number;
}

/** A delivery that has failed for so long is given up when it fails once more. */
const AGED_IN_SECONDS = 2 * RETRY_POLICIES.soon.giveUp.afterSeconds!;

export class People {
  constructor(private readonly ground: Ground) {}

  async subscribe(wish: EarWish): Promise<void> {
    const { database } = this.ground.stage;
    const { organizationId, types: eventTypes, farewell, ordering, maxInFlight: max_in_flight } = wish;
    const protocol = farewell ? leaving.name : tale.name;
    const begins = await headPosition(database);
    const id = await this.ground.stage.destination({
      url: 'https://receiver.test/',
      ...{ protocol, organizationId, eventTypes },
      delivery: { ordering, max_in_flight },
    });
    this.ground.story.ears.push(new Ear(id, wish, begins));
  }

  async rewind(ear: Ear, back: number): Promise<void> {
    const { cursor } = await standingOf(this.ground.stage.database, ear.id);
    const to = Math.max(this.ground.floor, cursor - back);
    await this.ground.stage.database.transaction((tx) => rewindDelivery(tx, ear.id, to));
    ear.rewind(to);
  }

  async reorder(ear: Ear, ordering: Ordering): Promise<void> {
    this.ground.clock.skip(0.001);
    const now = this.ground.clock.now();
    const delivery = { ordering, max_in_flight: ear.wish.maxInFlight };
    await this.ground.stage.database.transaction(async (tx, manager) => {
      await this.ground.engine.destinations.change(ear.id, { delivery }, manager);
      if (ordering !== ear.ordering) await reorderDelivery(tx, ear.id, { ordering, now });
    });
    if (ordering !== ear.ordering) ear.reorder(ordering);
  }

  /** A person's hand, or time's, on the nth parked delivery. */
  async reach(ear: Ear, act: { do: 'repeat' | 'age'; nth: number }): Promise<void> {
    const { parked } = await standingOf(this.ground.stage.database, ear.id);
    const row = parked[act.nth % Math.max(parked.length, 1)];
    if (!row) return;
    const { position } = row;
    const of = { destinationId: ear.id, position };
    if (act.do === 'repeat') {
      if (!(await repeatDelivery(this.ground.stage.database, { ...of, now: this.ground.clock.now() })))
        return;
      ear.aged.delete(position);
      ear.failed.delete(position);
      ear.firstFailed.delete(position);
      ear.excused.add(position);
      return;
    }
    if (row.state !== 'waiting') return;
    ear.aged.add(position);
    await this.ground.stage.database.rows(
      `update parked_delivery set first_attempt_at = $3::timestamptz - make_interval(secs => $4)
        where destination_id = $1 and position = $2`,
      [ear.id, position, this.ground.clock.now(), AGED_IN_SECONDS],
    );
  }

  async change(ear: Ear, state: EarState): Promise<void> {
    this.ground.clock.skip(0.001);
    await this.ground.engine.destinations.change(ear.id, { state });
    if (state === 'enabled') {
      await resumeDelivery(this.ground.stage.database, ear.id);
      ear.resume();
    }
    ear.state = state;
  }
}
