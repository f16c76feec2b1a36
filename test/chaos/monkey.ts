/** Does what the plan says, and remembers when it did it and to whom. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Act, PlannedAct } from './plan.js';
import type { Disturbance, DisturbanceKind } from './recording.js';
import type { Supervised } from './supervised.js';
import type { World } from './world.js';

/** The queue's tables on PostgreSQL; what is in them is tickets, and the sweep makes new ones. */
const FORGET_TICKETS = `set lock_timeout = '2s'; truncate bullmq.job, bullmq.dedup, bullmq.dedup_next, bullmq.event cascade`;

export class Monkey {
  readonly disturbances: Disturbance[] = [];
  /** One after the other: nobody can restart what is not there. */
  private database: Promise<void> = Promise.resolve();
  private redis: Promise<void> = Promise.resolve();

  constructor(
    private readonly world: World,
    private readonly plan: readonly PlannedAct[],
  ) {}

  /** Returns when everything has been done and whatever was taken away is back. */
  async run(): Promise<void> {
    const began = performance.now();
    const acts: Promise<void>[] = [];
    for (const { atInMilliseconds, act } of this.plan) {
      await pause(Math.max(0, began + atInMilliseconds - performance.now()));
      acts.push(this.do(act));
    }
    await Promise.all(acts);
  }

  private async do(act: Act): Promise<void> {
    const { hubs, workers } = this.world;
    switch (act.kind) {
      case 'kill worker':
        return this.kill('worker killed', workers[act.which]!, act.backAfter);
      case 'kill hub':
        return this.kill('hub killed', hubs[act.which]!, act.backAfter);
      case 'stop worker':
        return this.stop('worker stopped', [workers[act.which]!], act.lasts);
      case 'pause everything':
        return this.stop('everything paused', [...hubs, ...workers], act.lasts);
      case 'restart database':
        this.database = this.database.then(() => this.restartDatabase(act));
        return this.database;
      case 'flush queue':
        if (this.world.redis) this.redis = this.redis.then(() => this.flush());
        else this.database = this.database.then(() => this.flush());
        return this.world.redis ? this.redis : this.database;
      case 'redis away':
        this.redis = this.redis.then(() => this.takeRedisAway(act.lasts));
        return this.redis;
    }
  }

  private async kill(kind: DisturbanceKind, victim: Supervised, backAfter: number): Promise<void> {
    const process = victim.process;
    if (process === undefined) return; // killed already, and not back yet
    const from = Date.now();
    await victim.kill(backAfter);
    this.note(kind, from, [process]);
  }

  private async stop(kind: DisturbanceKind, victims: readonly Supervised[], lasts: number): Promise<void> {
    const processes = victims.flatMap((victim) => victim.process ?? []);
    const from = Date.now();
    const letGo = victims.map((victim) => victim.stop());
    await pause(lasts);
    for (const go of letGo) go();
    this.note(kind, from, processes);
  }

  private async restartDatabase({ how, away }: Extract<Act, { kind: 'restart database' }>): Promise<void> {
    const from = Date.now();
    await this.world.database.restart(how, away);
    this.note(how === 'crash' ? 'database crashed' : 'database restarted', from, undefined);
  }

  private async flush(): Promise<void> {
    const from = Date.now();
    if (this.world.redis) await this.world.redis.flush();
    else await this.forgetTickets();
    this.note('queue flushed', from, undefined);
  }

  /** The lock is had between two transactions of the queue, or the next time. */
  private async forgetTickets(): Promise<void> {
    for (let tries = 5; ; tries -= 1) {
      try {
        await this.world.database.rows(FORGET_TICKETS);
        return;
      } catch (error) {
        if (tries === 0) throw error;
      }
    }
  }

  private async takeRedisAway(lasts: number): Promise<void> {
    const from = Date.now();
    await this.world.redis!.goAway();
    await pause(lasts);
    await this.world.redis!.comeBack();
    this.note('redis away', from, undefined);
  }

  private note(kind: DisturbanceKind, from: number, processes: readonly string[] | undefined): void {
    this.disturbances.push({ kind, from, to: Date.now(), processes });
  }
}
