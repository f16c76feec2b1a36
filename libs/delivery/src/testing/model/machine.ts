/**
 * A worker's process that works for one destination and can be stopped between any two of its steps. A step is one
 * statement, the beginning or the end of a transaction, or a look at the destination's row.
 *
 * Which step comes when depends on nothing but the plan: answers arrive while a step is under way, by the plan's dice, and
 * otherwise one by one when the process has nothing left to do but wait.
 */
import type { Database, Tx } from '@app/runtime';
import type { Engine } from '../../engine.js';
import { pump } from '../../pump.js';
import type { Send } from '../../send.js';
import { oneByOne } from '../intercepted.js';
import { diceOf } from './dice.js';
import {
  exchangeOf,
  InjectedFailure,
  type Ending,
  type Flight,
  type Interruption,
  type Plan,
  type Surroundings,
  type Told,
} from './plan.js';

const A_UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ARRIVES_DURING_A_STEP = 0.4;

type Work = (tx: Tx, manager?: unknown) => Promise<unknown>;

export class Machine<Act> {
  readonly flights: Flight[] = [];
  /** The positions of its requests, in order. */
  readonly sent: number[] = [];
  private steps = 0;
  private busy = 0;
  private looking = false;
  private state: 'works' | 'asleep' | 'dead' | 'buried' = 'works';
  private readonly dice: () => number;
  private readonly left: { step: number; what: Interruption<Act> }[];
  private readonly stopping = new AbortController();
  private readonly engine: Engine;
  private working: Promise<Ending> | undefined;
  private stoodStill = (_ending: Ending): void => {};
  /** Those of its leases. */
  private readonly tokens = new Set<string>();
  private readonly onWaking: (() => void)[] = [];

  constructor(
    engine: Engine,
    readonly destinationId: string,
    private readonly plan: Plan<Act>,
    private readonly surroundings: Surroundings<Act>,
  ) {
    this.dice = diceOf(plan.seed);
    this.left = [...plan.interruptions].sort((one, other) => one.step - other.step);
    this.engine = {
      ...engine,
      stopping: this.stopping.signal,
      database: this.interruptible(engine.database),
      send: this.send,
    };
  }

  /** Whether a lease of this token is its own. */
  holds(token: string | null): boolean {
    return token !== null && this.tokens.has(token);
  }

  /** Nobody does anything else in the middle of what is left of its plan. */
  get isAlone(): boolean {
    return this.left.every(({ what }) => typeof what !== 'object');
  }

  /** Pumps until that ends, or until the plan stops the process. */
  run(): Promise<Ending> {
    const still = this.standingStill();
    this.working = pump(this.engine, this.destinationId).then(
      (report): Ending => ({ kind: 'ended', report }),
      (error: unknown): Ending => {
        if (error instanceof InjectedFailure) return { kind: 'failed' };
        throw error;
      },
    );
    return Promise.race([this.working, still]);
  }

  /** Lets a sleeping process go on as if no time had passed for it. */
  wake(): Promise<Ending> {
    this.state = 'works';
    const still = this.standingStill();
    for (const go of this.onWaking.splice(0)) go();
    this.look();
    return Promise.race([this.working!, still]);
  }

  /** Lets the promises of a dead process end, so that nothing is left of it. */
  async bury(): Promise<void> {
    if (this.state !== 'dead') this.die();
    this.state = 'buried';
    for (const go of this.onWaking.splice(0)) go();
    await this.working?.catch(() => undefined);
  }

  private standingStill(): Promise<Ending> {
    return new Promise((resolve) => (this.stoodStill = resolve));
  }

  private interruptible(real: Database): Database {
    const rows: Tx['rows'] = (...values) => this.asked(real, values);
    const inside = (work: Work) => (tx: Tx, manager: unknown) =>
      work({ rows: (...values) => this.step(() => tx.rows(...values), 'in a transaction') }, manager);
    // On no connection of its own: it would be kept by all that died or sleep in the middle of it.
    const inOrder = (work: Work): Promise<unknown> => work(oneByOne({ rows }));
    const transaction = (work: Work): Promise<unknown> => this.step(() => real.transaction(inside(work)));
    return { rows, inOrder, transaction } as Database;
  }

  private asked<Row>(tx: Tx, values: Parameters<Tx['rows']>): Promise<Row[]> {
    return this.step(() => this.statement<Row>(tx, values));
  }

  private async statement<Row>(tx: Tx, [sql, values = []]: Parameters<Tx['rows']>): Promise<Row[]> {
    const rows = await tx.rows<Row>(sql, values);
    const [, token] = values;
    if (typeof token === 'string' && A_UUID.test(token) && !this.tokens.has(token) && rows.length > 0) {
      this.tokens.add(token);
      this.surroundings.leased(this);
    }
    return rows;
  }

  private async step<T>(act: () => Promise<T>, inTransaction?: string): Promise<T> {
    if (this.isGone) return this.dead(inTransaction !== undefined);
    this.steps += 1;
    this.busy += 1;
    try {
      await this.awake();
      const after = await this.before(inTransaction !== undefined);
      const result = await act();
      await this.awake(); // the outer step of a transaction that a process died in must not come back either
      if (after === 'fails after') throw new InjectedFailure('the connection broke after this statement');
      if (after === 'dies after') return await this.dead(inTransaction !== undefined);
      await this.hearSome();
      return result;
    } finally {
      this.busy -= 1;
      this.look();
    }
  }

  /** @returns what is still to happen when the step is done. */
  private async before(inTransaction: boolean): Promise<Interruption<Act> | undefined> {
    while (this.left[0] && this.left[0].step <= this.steps) {
      const { what } = this.left[0];
      // Locks are held in a transaction: there, others could only wait.
      if (inTransaction && (what === 'sleeps' || typeof what === 'object')) return undefined;
      this.left.shift();
      if (typeof what === 'object') await this.surroundings.perform(what.meanwhile);
      else if (what === 'is stopped') this.stopping.abort();
      else if (what === 'sleeps') await this.sleep();
      else if (what === 'fails before') throw new InjectedFailure('this statement could not be sent');
      else if (what === 'dies before') await this.dead(inTransaction);
      else return what;
    }
    return undefined;
  }

  /** Of a process that sleeps nothing goes on, also not what it did beside. */
  private async awake(): Promise<void> {
    if (this.state === 'asleep') await this.woken();
    if (this.isGone) await this.never();
  }

  private async sleep(): Promise<void> {
    this.state = 'asleep';
    this.stoodStill({ kind: 'asleep' });
    await this.awake();
  }

  private woken(): Promise<void> {
    return new Promise((resolve) => this.onWaking.push(resolve));
  }

  private async dead(inTransaction = false): Promise<never> {
    if (!this.isGone) this.die();
    // The server rolls back the transaction of a client that is gone.
    if (inTransaction) throw new InjectedFailure('died in a transaction');
    return this.never();
  }

  private async never(): Promise<never> {
    if (this.state !== 'buried') await this.woken();
    throw new InjectedFailure('buried');
  }

  private get isGone(): boolean {
    return this.state === 'dead' || this.state === 'buried';
  }

  private die(): void {
    this.state = 'dead';
    this.stoodStill({ kind: 'died' });
    this.left.length = 0;
    for (const flight of this.flights.splice(0)) {
      if (this.dice() < 0.5) this.surroundings.answered(this, flight, false);
      this.onWaking.push(() => flight.tell({ kind: 'unreachable', reason: 'buried' }));
    }
  }

  private readonly send: Send = ({ body }) => {
    const told = JSON.parse(body) as Told;
    const { position } = told;
    return new Promise((resolve) => {
      if (this.isGone) return resolve({ kind: 'unreachable', reason: 'nobody is there to send it' });
      const answer = this.plan.answers[this.sent.length] ?? { status: 200 };
      this.sent.push(position);
      this.surroundings.started(this, told);
      this.flights.push({ position, answer, tell: resolve });
      this.look();
    });
  };

  private async hearSome(): Promise<void> {
    while (this.flights.length > 0 && this.dice() < ARRIVES_DURING_A_STEP) this.hearOne();
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** When nothing is under way but requests, one of them is answered. */
  private look(): void {
    if (this.looking) return;
    this.looking = true;
    setImmediate(() => {
      this.looking = false;
      if (this.busy > 0 || this.state !== 'works' || this.flights.length === 0) return;
      this.hearOne();
      this.look();
    });
  }

  private hearOne(): void {
    const [flight] = this.flights.splice(Math.floor(this.dice() * this.flights.length), 1);
    this.surroundings.answered(this, flight!, true);
    flight!.tell(exchangeOf(flight!.answer));
  }
}
