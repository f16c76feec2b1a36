/** What nearly every spec of deliveries stands on: a database for the file; a receiver and an organization for each test. */
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { openStage, type Stage } from '../../libs/delivery/src/testing/stage.js';
import { freshDatabase, type FreshDatabase } from './database.js';
import { Sink } from './sink.js';

export interface Set {
  stage: Stage;
  sink: Sink;
  organization: string;
}

/** @param give called before each test. */
export function onStage(give: (set: Set) => void): void {
  let database: FreshDatabase;
  let stage: Stage;
  let sink: Sink;

  beforeAll(async () => {
    database = await freshDatabase();
    stage = await openStage(database.url);
  });

  afterAll(async () => {
    await stage.close();
    await database.drop();
  });

  beforeEach(async () => {
    sink = await Sink.open();
    give({ stage, sink, organization: await stage.organization() });
  });

  afterEach(() => sink.close());
}
