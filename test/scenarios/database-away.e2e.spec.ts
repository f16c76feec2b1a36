/** What callers hear while the database is away, and that nothing is needed from anybody when it is back. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { migrate, startEmbeddedPostgres, type EmbeddedPostgres } from '@app/runtime';
import { TestHub } from '../support/hub.js';
import { eventually, freePort, runProgram, Sink, type RunningProgram } from '../support/index.js';

interface Sent {
  data: { username: string };
}

describe('while the database is away', () => {
  const log = { debug() {}, info() {}, warn: console.error, error: console.error };
  let folder: string;
  let database: EmbeddedPostgres;
  let programs: RunningProgram[];
  let hub: TestHub;
  let sink: Sink;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rollcall-away-'));
    await chmod(folder, 0o711); // as root, another account runs the database and must be able to pass through
    database = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), log });
    await migrate(database.url);
    const port = await freePort();
    const apiKey = `sk_${randomBytes(24).toString('hex')}`;
    const env = {
      DATABASE_URL: database.url,
      PORT: String(port),
      ROLLCALL_API_KEY: apiKey,
      ROLLCALL_SECRET_KEY: randomBytes(32).toString('base64'),
      ROLLCALL_ALLOWED_PRIVATE_NETWORKS: '127.0.0.0/8',
    };
    programs = [runProgram('hub', env), runProgram('worker', env)];
    await Promise.all(programs.map((program) => program.ready));
    hub = TestHub.at(`http://127.0.0.1:${port}`, apiKey);
    sink = await Sink.open();
  }, 60_000);

  afterEach(async () => {
    await hub.close();
    await Promise.all(programs.map((program) => program.stop()));
    await sink.close();
    await database.stop();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  it('everybody is told to come again, and what is written afterwards is delivered without anybody’s help', async () => {
    const directory = await hub.connect();
    await hub.api('POST', '/webhook_endpoints', { endpoint_url: `${sink.url}/hook`, events: [] });
    await directory.makeUser('before@example.com');
    await sink.receives(1);
    await database.stop();

    const answers = [
      await directory.scim('POST', '/Users', { userName: 'meanwhile@example.com' }),
      await directory.scim('GET', '/Users'),
      await hub.api('GET', '/events'),
    ];
    expect(answers.map(({ status, headers }) => [status, headers['retry-after']])).toEqual([
      [503, '1'],
      [503, '1'],
      [503, '1'],
    ]);
    expect(answers[1]!.body['schemas']).toEqual(['urn:ietf:params:scim:api:messages:2.0:Error']);
    expect((await hub.send({ method: 'GET', path: '/health' })).status).toBe(503);

    database = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), port: database.port, log });
    await eventually(() => directory.makeUser('after@example.com'), { withinInSeconds: 20 });
    // The first one may come again, with the same id: what came of it could not be written down any more.
    const people = (): string[] => [
      ...new Set(sink.received.map(({ body }) => (JSON.parse(body.toString()) as Sent).data.username)),
    ];
    await eventually(() => expect(people()).toEqual(['before@example.com', 'after@example.com']), {
      withinInSeconds: 40,
    });
    expect((await hub.send({ method: 'GET', path: '/health' })).status).toBe(200);
  }, 120_000);
});
