/** What the specs of organizations, directories and all their credentials stand on: a database for the file, and a clock. */
import { afterAll, beforeAll } from '@jest/globals';
import { Clock, Database } from '@app/runtime';
import { TENANCY_ENTITIES } from '@app/tenancy';
import { admin, type Admin } from './admin.js';
import { freshDatabase, type FreshDatabase } from './database.js';

/** A clock that the test sets. It moves by a millisecond whenever it is looked at, since ids sort by it. */
export class SetClock extends Clock {
  private time = Date.parse('2030-01-01T12:00:00.000Z');

  override now(): Date {
    return new Date((this.time += 1));
  }

  later(seconds: number): void {
    this.time += seconds * 1_000;
  }
}

export interface Premises {
  database: Database;
  /** Who sees what is stored as it is stored. */
  operator: Admin;
  databaseUrl: string;
}

/** @param give called once, before all tests of the file. */
export function onTenancy(give: (premises: Premises) => void): void {
  let fresh: FreshDatabase;
  let database: Database;
  let operator: Admin;

  beforeAll(async () => {
    fresh = await freshDatabase();
    database = await Database.connect(fresh.url, { poolSize: 6, entities: TENANCY_ENTITIES });
    operator = await admin(fresh.url);
    give({ database, operator, databaseUrl: fresh.url });
  });

  afterAll(async () => {
    await operator.close();
    await database.close();
    await fresh.drop();
  });
}
