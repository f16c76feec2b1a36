/** `Idempotency-Key`: who asks again gets the answer of the first time, on whichever hub. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { WorkOS } from 'workos-node-11';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { expected, TestHub, type HttpAnswer } from '../support/hub.js';
import { startInstallation, type Installation } from '../support/installation.js';
import { runProgram, type RunningProgram } from '../support/program.js';

let installation: Installation;
let hub: TestHub;
let second: TestHub;
let program: RunningProgram;
let rows: pg.Client;

beforeAll(async () => {
  const secretKey = Buffer.alloc(32, 7).toString('base64');
  installation = await startInstallation({ workers: 0, settings: { ROLLCALL_SECRET_KEY: secretKey } });
  hub = installation.hub;
  const port = await freePort();
  program = runProgram('hub', {
    DATABASE_URL: installation.databaseUrl,
    PORT: String(port),
    ROLLCALL_API_KEY: hub.apiKey,
    ROLLCALL_SECRET_KEY: secretKey,
  });
  await program.ready;
  second = TestHub.at(`http://127.0.0.1:${port}`, hub.apiKey);
  rows = new pg.Client({ connectionString: installation.databaseUrl });
  await rows.connect();
}, 60_000);

afterAll(async () => {
  await rows.end();
  await second.close();
  await program.stop();
  await installation.close();
}, 60_000);

const post = (path: string, body: unknown, key: string, at = hub): Promise<HttpAnswer> =>
  at.api('POST', path, body, { 'idempotency-key': key });

async function organizationsNamed(name: string): Promise<number> {
  return (await hub.api('GET', `/organizations?search=${name}&limit=100`)).body.data.length;
}

describe('a POST that is sent again with its Idempotency-Key', () => {
  it('is answered as the first time, and nothing is done twice, on another hub too', async () => {
    const [key, name] = [randomUUID(), randomUUID()];
    const first = expected(201, await post('/organizations', { name }, key));
    for (const at of [hub, second, second]) {
      const again = await post('/organizations', { name }, key, at);
      expect({ status: again.status, text: again.text }).toEqual({ status: 201, text: first.text });
      expect(again.headers['idempotent-replayed']).toBe('true');
      expect(again.headers['content-type']).toBe('application/json; charset=utf-8');
      expect(again.headers['x-request-id']).not.toBe(first.headers['x-request-id']);
    }
    expect(first.headers).not.toHaveProperty('idempotent-replayed');
    expect(await organizationsNamed(name)).toBe(1);
  });

  it('gives the secret again, which is sealed where it is kept', async () => {
    const organization = await hub.makeOrganization();
    const [key, path] = [randomUUID(), `/organizations/${organization}/api_keys`];
    const first = expected(201, await post(path, { name: 'CI' }, key));
    expect((await post(path, { name: 'CI' }, key)).body['value']).toBe(first.body['value']);
    const { rows: kept } = await rows.query<{ row: string }>(
      'select t::text as row from idempotent_request t',
    );
    expect(kept.length).toBeGreaterThan(0);
    expect(JSON.stringify(kept)).not.toContain(first.body['value']);
  });

  it('is done once however often it is sent at the same time', async () => {
    const [key, name] = [randomUUID(), randomUUID()];
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, n) => post('/organizations', { name }, key, n % 2 ? hub : second)),
    );
    for (const { status, headers, body } of answers) {
      if (status === 201) continue;
      expect({ status, code: body['code'] }).toEqual({ status: 409, code: 'idempotency_in_progress' });
      expect(headers['retry-after']).toBe('1');
    }
    expect(new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.id)).size).toBe(1);
    expect(await organizationsNamed(name)).toBe(1);
  });

  it('with another body is 422', async () => {
    const [key, name] = [randomUUID(), randomUUID()];
    expected(201, await post('/organizations', { name }, key));
    const other = await post('/organizations', { name: `${name} 2` }, key);
    expect({ status: other.status, code: other.body['code'] }).toEqual({
      status: 422,
      code: 'idempotency_error',
    });
    expect(await organizationsNamed(name)).toBe(1);
  });

  it('of another route, and of another API key, is another request', async () => {
    const key = randomUUID();
    const { body } = expected(201, await post('/organizations', { name: 'A' }, key));
    const path = `/organizations/${body.id}/it_contacts`;
    expected(201, await post(path, { email: 'it@example.com' }, key));
    const { value } = expected(201, await hub.api('POST', '/admin_api_keys', { name: 'Other' })).body;
    const headers = { 'idempotency-key': key, authorization: `Bearer ${value as string}` };
    const theirs = expected(201, await hub.api('POST', '/organizations', { name: 'A' }, headers));
    expect(theirs.body.id).not.toBe(body.id);
  });

  it('that was refused is done when it is right: nothing had happened', async () => {
    const [key, name] = [randomUUID(), randomUUID()];
    expect((await post('/organizations', { name, colour: 'red' }, key)).status).toBe(422);
    expect((await post('/organizations', { name }, key)).status).toBe(201);
  });

  it('without a body that is answered is answered the same', async () => {
    const organization = await hub.makeOrganization();
    const path = `/organizations/${organization}/it_contacts`;
    const { id } = expected(201, await hub.api('POST', path, { email: 'it@example.com' })).body;
    const key = randomUUID();
    for (const replayed of [undefined, 'true']) {
      const answer = await post(`${path}/${id}/invite`, { intents: ['dsync'] }, key);
      expect({ status: answer.status, text: answer.text }).toEqual({ status: 204, text: '' });
      expect(answer.headers['idempotent-replayed']).toBe(replayed);
    }
  });

  it('asks of an API key again: what is true may have changed', async () => {
    const organization = await hub.makeOrganization();
    const { body } = await hub.api('POST', `/organizations/${organization}/api_keys`, { name: 'CI' });
    const key = randomUUID();
    const check = () => post('/api_keys/validations', { value: body['value'] }, key);
    expect((await check()).body['api_key']).toMatchObject({ id: body.id });
    await hub.api('DELETE', `/api_keys/${body.id}`);
    expect((await check()).body['api_key']).toBeNull();
  });

  it('asks again whether somebody may sign in: they may have left since', async () => {
    const directory = await hub.connect();
    const ada = await directory.makeUser('ada@example.com');
    const key = randomUUID();
    const body = { directory_id: directory.id, user_name: 'ada@example.com' };
    const check = async () => expected(200, await post('/sign_in_checks', body, key)).body['decision'];
    const before = await check();
    await directory.patch(`/Users/${ada.id}`, { op: 'replace', path: 'active', value: false });
    expect(await check()).not.toBe(before);
  });

  it('is done anew after a day', async () => {
    const [key, name] = [randomUUID(), randomUUID()];
    const first = expected(201, await post('/organizations', { name }, key));
    const { rows: kept } = await rows.query<{ hours: number }>(
      `select extract(epoch from expires_at - now()) / 3600 as hours from idempotent_request where key = $1`,
      [key],
    );
    expect(Number(kept[0]!.hours)).toBeGreaterThan(23.9);
    expect(Number(kept[0]!.hours)).toBeLessThanOrEqual(24);
    await rows.query(`update idempotent_request set expires_at = now() where key = $1`, [key]);
    const later = expected(201, await post('/organizations', { name: 'another body' }, key));
    expect(later.body.id).not.toBe(first.body.id);
  });

  it('for a portal link gets that link while it is good, and a new one afterwards', async () => {
    const [key, organization] = [randomUUID(), await hub.makeOrganization()];
    const ask = async () =>
      expected(201, await post('/portal/generate_link', { organization }, key)).body['link'];
    const link = await ask();
    expect(await ask()).toBe(link);
    const { rows: kept } = await rows.query<{ minutes: number }>(
      `select extract(epoch from expires_at - now()) / 60 as minutes from idempotent_request where key = $1`,
      [key],
    );
    expect(Number(kept[0]!.minutes)).toBeLessThanOrEqual(5);
    await rows.query(`update idempotent_request set expires_at = now() where key = $1`, [key]);
    expect(await ask()).not.toBe(link);
  });

  it('has a key of at most 255 characters', async () => {
    const answer = await post('/organizations', { name: 'A' }, 'k'.repeat(256));
    expect(answer.status).toBe(422);
    expect(answer.body['errors']).toMatchObject([{ field: 'Idempotency-Key' }]);
    expect((await post('/organizations', { name: 'A' }, 'k'.repeat(255))).status).toBe(201);
  });

  it('is what SDK 11 sends when it tries again', async () => {
    const { hostname, port } = new URL(hub.url);
    const workos = new WorkOS(hub.apiKey, { apiHostname: hostname, port: Number(port), https: false });
    const name = randomUUID();
    const idempotencyKey = randomUUID();
    const made = await workos.organizations.createOrganization({ name }, { idempotencyKey });
    expect(await workos.organizations.createOrganization({ name }, { idempotencyKey })).toEqual(made);
    await eventually(async () => expect(await organizationsNamed(name)).toBe(1));
  });
});
