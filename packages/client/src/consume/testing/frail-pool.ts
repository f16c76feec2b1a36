/** A pool of `pg` whose connections break at the worst moments: right before a commit, and right after it. */
import type pg from 'pg';
import type { PgClient, PgPool } from '../postgres.js';
import type { Dice } from './dice.js';

export class FrailPool implements PgPool<PgClient> {
  /** The process is gone: it does nothing any more. */
  isDead = false;

  constructor(
    private readonly pool: pg.Pool,
    private readonly dice: Dice,
    private readonly breaks: number,
  ) {}

  async connect(): Promise<PgClient & { release(destroy?: boolean | Error): void }> {
    this.refuseWhenDead();
    const client = await this.pool.connect();
    let broken: Error | undefined;
    const fail = (message: string): never => {
      broken = new Error(message);
      throw broken;
    };
    return {
      query: async (text, values) => {
        this.refuseWhenDead();
        if (broken) throw broken;
        const breaks = text === 'commit' && this.dice.chance(this.breaks);
        if (breaks && this.dice.chance(0.5)) fail('the connection broke before the commit');
        const result = await client.query(text, values);
        // It is done, and nobody has heard of it.
        if (breaks) fail('the connection broke after the commit');
        return result;
      },
      release: (destroy) => client.release(broken ?? destroy),
    };
  }

  private refuseWhenDead(): void {
    if (this.isDead) throw new Error('this process is dead');
  }
}
