/** Whose sessions ended where, and since when: from a bulk of people who leave to the file that an auditor verifies. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { expected, PATCH_OP, USER, type Body, type TestDirectory, type TestHub } from '../support/hub.js';
import { startInstallation, type Installation } from '../support/installation.js';
import { eventually, Sink } from '../support/index.js';

const BULK_REQUEST = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
const PEOPLE = 500;
const TARGET_IN_SECONDS = 2;

let installation: Installation;
let hub: TestHub;
let sink: Sink;
let directory: TestDirectory;

beforeAll(async () => {
  installation = await startInstallation({
    settings: { ROLLCALL_REVOCATION_TARGET_SECONDS: String(TARGET_IN_SECONDS) },
  });
  hub = installation.hub;
}, 60_000);
afterAll(() => installation.close(), 60_000);
beforeEach(async () => {
  sink = await Sink.open();
  directory = await hub.connect({ type: 'okta scim v2.0' });
});
afterEach(() => sink.close());

async function application(path: string): Promise<string> {
  const body = {
    protocol: 'global-token-revocation',
    organization_id: directory.organizationId,
    settings: { endpoint_url: `${sink.url}${path}`, subject: { format: 'opaque', attribute: 'id' } },
  };
  return expected(201, await hub.api('POST', '/destinations', body)).body.id;
}

async function endpoint(at: Sink, events: string[] = []): Promise<string> {
  const body = { endpoint_url: `${at.url}/hook`, events, organization_id: directory.organizationId };
  return expected(201, await hub.api('POST', '/webhook_endpoints', body)).body.id;
}

const deactivate = async (id: string): Promise<unknown> =>
  expected(200, await directory.patch(`/Users/${id}`, { op: 'replace', value: { active: false } }));
const get = async (path: string): Promise<Body> => expected(200, await hub.api('GET', path)).body;

interface Receipt {
  destination_id: string;
  state: string;
  seconds_to_acknowledge: number;
}
type Revocation = Body & { receipts: Receipt[]; summary: Record<string, unknown> };

const revocationsOf = async (query: string): Promise<Revocation[]> =>
  (await get(`/revocations?organization_id=${directory.organizationId}&${query}`)).data as Revocation[];

/** All of them, through as many pages as it takes. */
async function everyRevocation(): Promise<Revocation[]> {
  const all: Revocation[] = [];
  for (let after: string | null = ''; after !== null;) {
    const page: Body = await get(
      `/revocations?organization_id=${directory.organizationId}&limit=100&after=${after}`,
    );
    all.push(...(page.data as Revocation[]));
    after = page.list_metadata.after;
  }
  return all;
}

const period = (): string =>
  `from=${new Date(Date.now() - 3_600_000).toISOString()}&to=${new Date(Date.now() + 3_600_000).toISOString()}`;
const exported = async (format: 'csv' | 'jsonl'): Promise<string> => {
  const path = `/revocations/export?${period()}&organization_id=${directory.organizationId}&format=${format}`;
  const answer = await fetch(hub.url + path, { headers: { authorization: `Bearer ${hub.apiKey}` } });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-disposition')).toMatch(
    new RegExp(`^attachment; filename="revocations-.*\\.${format}"$`),
  );
  return answer.text();
};

describe('a bulk of people who leave', () => {
  const bulk = (Operations: object[]) =>
    directory.scim('POST', '/Bulk', { schemas: [BULK_REQUEST], Operations });

  it(`ends the sessions of all ${PEOPLE} at every application while webhooks are backlogged, and there is a receipt for each`, async () => {
    const names = Array.from({ length: PEOPLE }, (_, index) => `person-${index}@example.com`);
    const stuck = await Sink.open();
    stuck.answers(() => new Promise(() => {}));
    const webhook = await endpoint(stuck);
    const applications = [await application('/crm'), await application('/wiki')];
    const made = await bulk(
      names.map((userName) => ({
        ...{ method: 'POST', path: '/Users', bulkId: userName },
        data: { schemas: [USER], userName, active: true },
      })),
    );
    const operations = expected(200, made).body['Operations'] as { location: string; status: string }[];
    expect(new Set(operations.map(({ status }) => status))).toEqual(new Set(['201']));
    const ids = operations.map(({ location }) => location.split('/').at(-1)!);
    const answered = await bulk(
      ids.map((id) => ({
        ...{ method: 'PATCH', path: `/Users/${id}` },
        data: { schemas: [PATCH_OP], Operations: [{ op: 'replace', path: 'active', value: false }] },
      })),
    );
    expected(200, answered);

    // Reading all of them again and again would keep this process, which is also the application, from answering.
    await sink.receives(2 * PEOPLE, { withinInSeconds: 90 });
    const revocations = await eventually(
      async () => {
        const all = await everyRevocation();
        expect(all).toHaveLength(PEOPLE);
        expect(all.filter(({ summary }) => summary['all_done'] !== true)).toEqual([]);
        return all;
      },
      { withinInSeconds: 90 },
    );
    expect(new Set(revocations.map(({ person }) => (person as Body).id))).toEqual(new Set(ids));
    for (const { receipts } of revocations) {
      expect(receipts.map(({ destination_id: id }) => id).sort()).toEqual([...applications].sort());
      expect(receipts.map(({ state }) => state)).toEqual(['acknowledged', 'acknowledged']);
    }
    const lines = (await exported('jsonl')).trimEnd().split('\n');
    const inTheFile = lines.slice(0, -1).map((line) => (JSON.parse(line) as Body)['txn']);
    expect(inTheFile).toEqual(revocations.map(({ txn }) => txn).reverse());

    const { standing } = await get(`/webhook_endpoints/${webhook}`);
    expect((standing as { lag: { events: number } }).lag.events).toBeGreaterThan(PEOPLE);
    // Every request said to which of them it belongs.
    const txns = new Set(sink.received.map(({ headers }) => headers['rollcall-txn']));
    expect(txns).toEqual(new Set(revocations.map(({ txn }) => txn)));

    const times = revocations.flatMap(({ receipts }) => receipts.map((each) => each.seconds_to_acknowledge));
    times.sort((one, other) => one - other);
    const at = (share: number): string => `${times[Math.ceil(share * times.length) - 1]!.toFixed(2)} s`;
    console.log(
      `time to revoke, ${times.length} receipts: 50 % ${at(0.5)}, 95 % ${at(0.95)}, 99 % ${at(0.99)}, all ${at(1)}`,
    );
    await stuck.close();
  }, 180_000);
});

describe('"is she out everywhere?"', () => {
  it('is answered by one object: who, why, since when, and each application', async () => {
    sink.answers(({ path }) => ({ status: path === '/down' ? 503 : 204 }));
    const [up, down] = [await application('/up'), await application('/down')];
    const ada = await directory.makeUser('ada', {
      externalId: 'a-1',
      emails: [{ value: 'ada@example.com', primary: true }],
    });
    await deactivate(ada.id);
    const [found] = await eventually(async () => {
      const all = await revocationsOf(`person=${ada.id}`);
      expect(all).toMatchObject([{ summary: { acknowledged: 1, requested: 1, all_done: false } }]);
      expect(all[0]!.receipts.find(({ destination_id: id }) => id === down)).toMatchObject({ status: 503 });
      return all;
    });
    const event = (await directory.events()).find(({ context }) => context.cause === 'UserDeactivated')!;
    expect(found).toMatchObject({
      ...{ object: 'revocation', id: event.id.replace('event_', 'revocation_'), txn: event.id },
      cause: 'deactivated',
      person: { id: ada.id, userName: 'ada', email: 'ada@example.com', externalId: 'a-1' },
      ...{ organization_id: directory.organizationId, directory_id: directory.id },
      ...{ occurred_at: event.created_at, sequence: event.context.sequence },
      request_id: event.context.request_id,
    });
    expect(found!.receipts.find(({ destination_id: id }) => id === up)).toMatchObject({
      ...{ protocol: 'global-token-revocation', endpoint: `${sink.url}/up`, state: 'acknowledged' },
      ...{ attempts: 1, status: 204, jti: expect.any(String), reason: null },
      ...{ acknowledged_at: expect.any(String), seconds_to_acknowledge: expect.any(Number) },
    });
    const one = (await get(`/revocations/${found!.id}`)) as Revocation;
    expect(one.receipts.find(({ destination_id: id }) => id === up)).toMatchObject({
      kept_attempts: [
        { outcome: 'delivered', status: 204, event_id: event.id, request_id: found!['request_id'] },
      ],
    });
  });

  it('becomes yes when a person retries what had failed, and the application confirms it', async () => {
    sink.answers({ status: 503 });
    const id = await application('/crm');
    const ada = await directory.makeUser('ada@example.com');
    await deactivate(ada.id);
    const [waiting] = await eventually(async () => {
      const { data } = await get(`/destinations/${id}/parked_deliveries`);
      expect(data).toHaveLength(1);
      return data;
    });
    const path = `/destinations/${id}/parked_deliveries/${String(waiting!['event_id'])}`;
    const body = { confirm: waiting!['event_id'], reason: 'it is being replaced' };
    expected(200, await hub.api('POST', `${path}/give_up`, body));
    expect(await revocationsOf('state=failed')).toMatchObject([
      {
        summary: { failed: 1, all_done: false },
        receipts: [{ reason: expect.stringMatching(/^given up by \S+: it is being replaced$/) }],
      },
    ]);
    sink.answers({ status: 204 });
    expected(200, await hub.api('POST', `${path}/retry`));
    await eventually(
      async () =>
        expect(await revocationsOf('state=acknowledged')).toMatchObject([
          { summary: { acknowledged: 1, all_done: true }, receipts: [{ reason: null }] },
        ]),
      { withinInSeconds: 30 },
    );
  }, 60_000);

  it('is narrowed by cause, state, destination, directory and time, and paged', async () => {
    const id = await application('/crm');
    const people = await Promise.all(['ada', 'bob', 'eve'].map((name) => directory.makeUser(name)));
    for (const person of people) await deactivate(person.id);
    expected(204, await directory.scim('DELETE', `/Users/${people[0]!.id}`));
    await eventually(async () => expect(await revocationsOf('state=acknowledged')).toHaveLength(4));
    const causes = async (query: string): Promise<unknown[]> =>
      (await revocationsOf(query)).map(({ cause }) => cause);
    expect(await causes('')).toEqual(['deleted', 'deactivated', 'deactivated', 'deactivated']);
    expect(await causes('cause=deleted')).toEqual(['deleted']);
    expect(await causes('cause=access_removed')).toEqual([]);
    expect(await causes(`destination=${id}&state=acknowledged&cause=deleted`)).toEqual(['deleted']);
    expect(await causes(`directory=${directory.id}&limit=1`)).toEqual(['deleted']);
    expect(await causes(`${period()}&order=asc&limit=1`)).toEqual(['deactivated']);
    expect(await causes(`from=${new Date(Date.now() + 60_000).toISOString()}`)).toEqual([]);
    expect(await causes('person=directory_user_of_nobody')).toEqual([]);
    const query = `/revocations?organization_id=${directory.organizationId}&limit=3`;
    const first = await get(query);
    const second = await get(`${query}&after=${first.list_metadata.after}`);
    expect([...first.data, ...second.data].map(({ id: each }) => each)).toEqual(
      (await everyRevocation()).map(({ id: each }) => each),
    );
    expect((await get(`${query}&before=${second.list_metadata.before}`)).data).toEqual(first.data);
  }, 60_000);

  it('is not forgotten with the destination: what it had not confirmed has failed', async () => {
    sink.answers({ status: 503 });
    const id = await application('/crm');
    const ada = await directory.makeUser('ada@example.com');
    await deactivate(ada.id);
    await eventually(async () =>
      expect(await revocationsOf('')).toMatchObject([{ receipts: [{ attempts: 1 }] }]),
    );
    expected(204, await hub.api('DELETE', `/destinations/${id}`));
    expect(await revocationsOf('')).toMatchObject([
      {
        summary: { failed: 1, all_done: false },
        receipts: [{ destination_id: id, reason: 'the destination was deleted before it had confirmed' }],
      },
    ]);
  });
});

describe('an application that does not confirm in time', () => {
  it('is told of to the endpoints that asked for it, once', async () => {
    const watch = await Sink.open();
    await endpoint(watch, ['revocation.*']);
    sink.answers({ status: 503 });
    const id = await application('/crm');
    const ada = await directory.makeUser('ada@example.com');
    await deactivate(ada.id);
    const [request] = await watch.receives(1, { withinInSeconds: 40 });
    const [found] = await revocationsOf('');
    expect(JSON.parse(request!.body.toString())).toMatchObject({
      event: 'revocation.overdue',
      data: {
        ...{ id, target_seconds: TARGET_IN_SECONDS },
        revocation: { txn: found!['txn'], cause: found!['cause'] },
      },
    });
    expect(request!.body.toString()).not.toContain('ada');
    const events = `/events?organization_id=${directory.organizationId}&events=revocation.overdue`;
    expect((await get(events)).data).toHaveLength(1);
    await watch.close();
  }, 60_000);
});

describe('the export for auditors', () => {
  let folder: string;
  let script: string;

  beforeAll(async () => {
    // As an auditor has it: the script of the docs, and `jose`.
    folder = await mkdtemp(join(tmpdir(), 'rollcall-export-'));
    await symlink(resolve('node_modules'), join(folder, 'node_modules'));
    const page = await readFile('docs/revocation/receipts.md', 'utf8');
    const [, code] = /^```js\n([\s\S]*?)^```$/m.exec(page)!;
    script = join(folder, 'verify.mjs');
    await writeFile(script, code!);
    await writeFile(
      join(folder, 'jwks.json'),
      await (await fetch(`${hub.url}/.well-known/jwks-history.json`)).text(),
    );
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function verified(content: string, jwks = join(folder, 'jwks.json'), ...more: string[]) {
    const file = join(folder, 'export');
    await writeFile(file, content);
    const child = spawn(process.execPath, [script, file, jwks, ...more], { env: {} });
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { out, err };
  }

  async function somebodyLeft(): Promise<void> {
    await application('/crm');
    const ada = await directory.makeUser('=HYPERLINK("https://evil.example")', { externalId: 'a,1' });
    await deactivate(ada.id);
    await deactivate((await directory.makeUser('bob@example.com')).id);
    await eventually(async () => expect(await revocationsOf('state=acknowledged')).toHaveLength(2));
  }

  it.each(['csv', 'jsonl'] as const)(
    'as %s is verified by the script of the docs with the published keys',
    async (format) => {
      await somebodyLeft();
      const content = await exported(format);
      const { out, err } = await verified(content);
      expect(err).toBe('');
      const claims = JSON.parse(out) as { iss: string };
      expect(claims).toMatchObject({ format, records: 2, organization_id: directory.organizationId });
      const online = await verified(content, `${hub.url}/.well-known/jwks-history.json`, claims.iss);
      expect(JSON.parse(online.out)).toEqual(claims);
    },
  );

  it.each(['csv', 'jsonl'] as const)(
    'as %s is not believed when it was changed, cut off or signed by others',
    async (format) => {
      await somebodyLeft();
      const content = await exported(format);
      const changed = content.replace('acknowledged', 'superseded');
      expect((await verified(changed)).err).toContain('The export is not what was signed');
      const lines = content.trimEnd().split('\n');
      const shorter = [...lines.slice(0, -2), lines.at(-1)].join('\n');
      expect((await verified(`${shorter}\n`)).err).toContain('The export is not what was signed');
      const cut = `${lines.slice(0, -1).join('\n')}\n`.replaceAll('.', '');
      expect((await verified(cut)).err).toContain('incomplete');
      expect((await verified(content, undefined, 'https://elsewhere.example')).err).toContain('"iss"');
    },
  );

  it('shows who left, when the provider said so and when each application confirmed, and runs nothing in a spreadsheet', async () => {
    await somebodyLeft();
    const csv = (await exported('csv')).split('\r\n');
    expect(csv[0]).toMatch(/^txn,cause,person_id,person_user_name,.*,occurred_at,.*,acknowledged_at,/);
    expect(csv).toHaveLength(5);
    expect(csv[1]).toContain(`,"'=HYPERLINK(""https://evil.example"")",,"a,1",`);
    expect(csv[3]).toMatch(/^signature,[\w-]+\.[\w-]+\.[\w-]+,+$/);
    const jsonl = (await exported('jsonl')).trimEnd().split('\n');
    const shown = jsonl.slice(0, -1).map((line) => JSON.parse(line) as unknown);
    expect(shown).toEqual((await everyRevocation()).reverse());
  });

  it('of a period in which nobody left is signed, too', async () => {
    const { out } = await verified(await exported('csv'));
    expect(JSON.parse(out)).toMatchObject({ records: 0 });
  });
});

describe('what makes no sense', () => {
  it.each([
    ['/revocations?state=lost', 422, 'state'],
    ['/revocations?cause=boredom', 422, 'cause'],
    ['/revocations?from=yesterday', 422, 'from'],
    ['/revocations?from=2030-01-02&to=2030-01-01', 422, 'to'],
    ['/revocations?limit=0', 422, 'limit'],
    ['/revocations?after=event_01', 400, undefined],
    ['/revocations/revocation_01', 404, undefined],
    ['/revocations/export', 422, 'from'],
    ['/revocations/export?from=2030-01-01&to=2030-01-02', 422, 'format'],
    ['/revocations/export?from=2030-01-01&to=2030-01-02&format=xls', 422, 'format'],
    ['/revocations/export?from=2030-01-02&to=2030-01-01&format=csv', 422, 'to'],
  ])('%s is refused with %i', async (path, status, field) => {
    const answer = await hub.api('GET', path);
    expect(answer.status).toBe(status);
    const [first] = (answer.body['errors'] as { field: string }[] | undefined) ?? [];
    expect(first?.field).toBe(field);
    expect((answer.body['message'] as string).length).toBeGreaterThan(10);
  });

  it('are receipts without an API key', async () => {
    for (const path of ['/revocations', '/revocations/export', '/revocations/revocation_01'])
      expect((await hub.send({ method: 'GET', path })).status).toBe(401);
  });
});
