import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '@app/runtime';
import { admin, freshDatabase, type Admin, type FreshDatabase } from '../../../test/support/index.js';
import { commit, event, events } from './testing/writing.js';
import { verifyLog } from './verify.js';

let fresh: FreshDatabase;
let database: Database;
let operator: Admin;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await Database.connect(fresh.url, { poolSize: 3 });
  operator = await admin(fresh.url);
  await commit(database, [
    event('a'),
    event('b'),
    event('a', { subjects: ['g', 'u'], previous: { title: 'x' } }),
  ]);
  await commit(database, [...events('b', 3), event('a')]);
});

afterAll(async () => {
  await operator.close();
  await database.close();
  await fresh.drop();
});

/** What the verification finds after somebody with all rights ran the statements. */
async function flawsAfter(...statements: string[]): Promise<string[]> {
  return operator.undone(async () => {
    for (const statement of statements) await operator.rows(statement);
    const { flaws } = await verifyLog(operator);
    return flaws.map(({ position, directoryId, what }) => `${position} of ${directoryId}: ${what}`);
  });
}

const changed = 'its digest does not fit: it, or the one before it, was changed';

describe('verifying the log', () => {
  it('says that it is whole', async () => {
    expect(await verifyLog(database)).toEqual({ events: 7, directories: 2, flaws: [] });
  });

  it('says so of an empty log, too', async () => {
    const empty = await freshDatabase();
    const nothing = await Database.connect(empty.url, { poolSize: 1 });
    expect(await verifyLog(nothing)).toEqual({ events: 0, directories: 0, flaws: [] });
    await nothing.close();
    await empty.drop();
  });

  it('says so while others write', async () => {
    let writing = true;
    const writers = Promise.all(
      ['c', 'd'].map(async (directory) => {
        for (let round = 0; round < 20; round += 1) await commit(database, events(directory, 5));
      }),
    ).finally(() => (writing = false));
    while (writing) expect((await verifyLog(database)).flaws).toEqual([]);
    await writers;
  });

  it.each([
    ['data', `data = '{"user":{"id":"somebody else"}}'`],
    ['spelling of the data', `data = (data::text || ' ')::json`],
    ['previous values', `previous = '{"title":"y"}'`],
    ['absence of previous values', `previous = null`],
    ['type', `type = 'UserDeleted'`],
    ['subjects', `subjects = '{g,v}'`],
    ['number of subjects', `subjects = '{g u}'`],
    ['organization', `organization_id = 'org_2'`],
    ['request', `request_id = 'another'`],
    ['time', `occurred_at = occurred_at + interval '1 millisecond'`],
    ['digest', `digest = decode(repeat('00', 32), 'hex')`],
  ])('names an event whose %s was changed', async (_what, assignment) => {
    const flaws = await flawsAfter(`update event set ${assignment} where position = 3`);
    expect(flaws).toContain(`3 of a: ${changed}`);
  });

  it('names an event that was moved to another directory', async () => {
    const flaws = await flawsAfter(`update event set directory_id = 'z' where position = 3`);
    expect(flaws).toContain(`3 of z: ${changed}`);
    expect(flaws).toContain('7 of a: its sequence is 3, expected 2');
  });

  it('names the place where an event was taken out, and the event that followed it', async () => {
    const flaws = await flawsAfter('delete from event where position = 3');
    expect(flaws).toContain('4 of b: positions 3 to 3 are missing before it');
    expect(flaws).toContain('7 of a: its sequence is 3, expected 2');
  });

  it('names the first events when they were taken out', async () => {
    const flaws = await flawsAfter('delete from event where position <= 2');
    expect(flaws).toContain('3 of a: positions 1 to 2 are missing before it');
  });

  it('names the last events when they were taken out', async () => {
    const [{ head } = { head: 0 }] = await operator.rows<{ head: number }>(
      'select position as head from log_head',
    );
    const flaws = await flawsAfter(`delete from event where position > ${head - 2}`);
    expect(flaws.join('\n')).toContain(`positions ${head - 1} to ${head} are missing at the end`);
  });

  it('names a directory whose last events were taken out, also when the numbers were mended', async () => {
    const flaws = await flawsAfter(
      'delete from event where position = (select position from log_head)',
      'update log_head set position = position - 1',
    );
    expect(flaws.join('\n')).toMatch(/of [cd]: its last event is \d+, but \d+ were written/);
  });

  it('names a directory of which everything was taken out', async () => {
    const flaws = await flawsAfter(`delete from event where directory_id = 'a'`);
    expect(flaws.join('\n')).toContain('of a: its last event is 0, but 3 were written');
  });

  it('names a last event that is not the one that was written, though its chain fits', async () => {
    const flaws = await flawsAfter(
      `update directory_head set digest = decode(repeat('00', 32), 'hex') where directory_id = 'a'`,
    );
    expect(flaws).toEqual(['7 of a: its digest is not the one that was kept when it was written']);
  });

  it('names an event that was added', async () => {
    const forged = `insert into event
      select e.position + (select position from log_head), directory_id, organization_id, 4, type, subjects,
             data, previous, request_id, occurred_at, digest from event e where position = 1`;
    const [{ head } = { head: 0 }] = await operator.rows<{ head: number }>(
      'select position as head from log_head',
    );
    const flaws = await flawsAfter(forged);
    expect(flaws).toContain(`${head + 1} of a: ${changed}`);
    expect(flaws.join('\n')).toContain(
      `${head + 1} of a: it stands behind the end of the log, which is ${head}`,
    );
  });

  it('reads logs of any length, each event once', async () => {
    await commit(database, events('long', 2_100));
    const { events: count, flaws } = await verifyLog(database);
    const [row] = await database.rows<{ count: number }>('select count(*) as count from event');
    expect({ count, flaws }).toEqual({ count: row?.count, flaws: [] });
  });
});
