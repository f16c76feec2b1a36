/** The real engine on a real database, and the model beside it: whatever is done is done to both. */
import { headPosition } from '@app/event-log';
import type { Engine, EngineLimits } from '../../engine.js';
import { route } from '../../route.js';
import type { Stage } from '../stage.js';
import type { Act } from './acts.js';
import { Laws, type Holding } from './laws.js';
import { Machine } from './machine.js';
import { People, type Ground } from './people.js';
import type { Ending, Flight, Plan, Surroundings, Told } from './plan.js';
import { leaving, StillClock, tale } from './receivers.js';
import { standingOf, standingsOf } from './standing.js';
import { Story, type Ear, type EarWish } from './story.js';
import { write } from './writing.js';

interface Sleeper {
  holding: Holding<Act>;
  /** Whether it had the lease when it fell asleep. */
  held: boolean;
}

export class World implements Surroundings<Act> {
  readonly laws: Laws;
  readonly people: People;
  private readonly holdings = new Map<Machine<Act>, Holding<Act>>();
  private readonly sleepers: Sleeper[] = [];

  private constructor(
    readonly ground: Ground,
    private readonly organizations: readonly string[],
  ) {
    this.laws = new Laws(ground.story);
    this.people = new People(ground);
  }

  static async begin(stage: Stage, limits: EngineLimits): Promise<World> {
    const clock = new StillClock();
    const protocols = new Map(
      [tale, leaving].map((protocol) => [protocol.name, protocol]),
    ) as Engine['protocols'];
    const engine = { ...stage.engine, limits, clock, protocols };
    const floor = await headPosition(stage.database);
    const organizations = [await stage.organization(), await stage.organization()];
    const story = new Story();
    const world = new World({ stage, engine, clock, story, floor }, organizations);
    const plain: EarWish = {
      organizationId: null,
      types: [],
      farewell: false,
      ordering: 'subject',
      maxInFlight: 4,
    };
    await world.people.subscribe({ ...plain, organizationId: organizations[0]! });
    await world.people.subscribe(plain);
    return world;
  }

  async perform(act: Act): Promise<void> {
    switch (act.do) {
      case 'append': {
        const organizationId = this.organizations[act.organization]!;
        return write(this.ground, { organizationId, ...act });
      }
      case 'route':
        await route(this.ground.engine, this.ground.stage.errands);
        return;
      case 'pump':
        if (act.afterExpiry) await this.expire(this.ear(act.ear));
        await this.pump(this.ear(act.ear), act.plan);
        return;
      case 'wait':
        return this.ground.clock.skip(act.seconds);
      case 'pause':
        return this.people.change(this.ear(act.ear), 'paused');
      case 'disable':
        return this.people.change(this.ear(act.ear), 'disabled');
      case 'enable':
        return this.people.change(this.ear(act.ear), 'enabled');
      case 'rewind':
        return this.people.rewind(this.ear(act.ear), act.back);
      case 'order':
        return this.people.reorder(this.ear(act.ear), act.ordering);
      case 'repeat':
      case 'age':
        return this.people.reach(this.ear(act.ear), act);
      case 'wake':
        return this.wake(act.nth);
      case 'subscribe': {
        const { organization, choosy, farewell, ordering, maxInFlight } = act;
        const organizationId = organization === null ? null : this.organizations[organization]!;
        const types: EarWish['types'] = choosy ? ['MembershipChanged'] : [];
        return this.people.subscribe({ organizationId, types, farewell, ordering, maxInFlight });
      }
    }
  }

  /** Looks whether any law is broken. @throws with every sentence. */
  async look(): Promise<void> {
    const { ears } = this.ground.story;
    this.laws.between(ears, await this.standings());
    this.say();
  }

  say(): void {
    const errors = this.ground.stage.said.splice(0).filter((line) => line.includes('"level":"error"'));
    const sentences = [...this.laws.broken, ...errors];
    if (sentences.length > 0) throw new Error(sentences.join('\n'));
  }

  standings(): ReturnType<typeof standingsOf> {
    return standingsOf(
      this.ground.stage.database,
      this.ground.story.ears.map(({ id }) => id),
    );
  }

  leased(machine: Machine<Act>): void {
    const holding = this.holdings.get(machine)!;
    holding.epoch = holding.ear.epoch;
    holding.orders = holding.ear.orders;
  }

  started(machine: Machine<Act>, told: Told): void {
    const holding = this.holdings.get(machine)!;
    const event = this.ground.story.at(told.position)!;
    holding.inFlight.push(event);
    this.laws.started(holding, event, told);
  }

  answered(machine: Machine<Act>, { position, answer }: Flight, heard: boolean): void {
    const holding = this.holdings.get(machine)!;
    const [event] = holding.inFlight.splice(
      holding.inFlight.findIndex((other) => other.position === position),
      1,
    );
    this.laws.answered(holding, event!, { answer, heard, now: this.ground.clock.now().getTime() });
  }

  async pump(ear: Ear, plan: Plan<Act>): Promise<Ending> {
    const before = await standingOf(this.ground.stage.database, ear.id);
    const machine = new Machine(this.ground.engine, ear.id, plan, this);
    const { epoch, orders } = ear;
    const holding = { machine, ear, epoch, orders, inFlight: [], firstFailures: 0, pauseUntil: 0 };
    this.holdings.set(machine, holding);
    const ending = await machine.run();
    this.laws.ended(holding, ending);
    const after = await standingOf(this.ground.stage.database, ear.id);
    const alone = !plan.interruptions.some(({ what }) => typeof what === 'object');
    const now = this.ground.clock.now().getTime();
    if (alone) this.laws.pumped(ear, { before, after, sent: machine.sent, now });
    if (ending.kind === 'asleep') this.sleepers.push({ holding, held: machine.holds(after.token) });
    if (alone && ending.kind === 'ended' && ending.report.kind === 'worked')
      this.laws.concluded(holding, now);
    return ending;
  }

  async expire(ear: Ear): Promise<void> {
    await this.ground.stage.database.rows(
      `update delivery_state set lease_until = now() - interval '1 second' where destination_id = $1 and lease_until is not null`,
      [ear.id],
    );
  }

  async wakeAll(): Promise<void> {
    while (this.sleepers.length > 0) await this.wake(0);
  }

  async end(): Promise<void> {
    for (const machine of this.holdings.keys()) await machine.bury();
    await this.ground.stage.database.rows('delete from destination where id = any($1)', [
      this.ground.story.ears.map(({ id }) => id),
    ]);
    this.ground.stage.tickets.length = 0;
    this.ground.stage.said.length = 0;
  }

  private ear(number: number): Ear {
    const { ears } = this.ground.story;
    return ears[number % ears.length]!;
  }

  private async wake(nth: number): Promise<void> {
    const [sleeper] = this.sleepers.splice(nth % Math.max(this.sleepers.length, 1), 1);
    if (!sleeper) return;
    const { holding, held } = sleeper;
    const before = await standingOf(this.ground.stage.database, holding.ear.id);
    const fenced = held && !holding.machine.holds(before.token);
    const ending = await holding.machine.wake();
    this.laws.ended(holding, ending);
    const after = await standingOf(this.ground.stage.database, holding.ear.id);
    if (fenced && holding.machine.isAlone && JSON.stringify(after) !== JSON.stringify(before)) {
      this.laws.breaks(
        holding.ear,
        `was changed by one who had lost the lease: ${JSON.stringify({ before, after })}`,
      );
    }
    if (ending.kind === 'asleep') this.sleepers.push({ holding, held: holding.machine.holds(after.token) });
  }
}
