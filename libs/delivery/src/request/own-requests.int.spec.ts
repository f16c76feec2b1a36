import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Sink } from '../../../../test/support/index.js';
import { onStage } from '../../../../test/support/on-stage.js';
import { AddressGuard } from '../address-guard.js';
import { pump } from '../pump.js';
import { route } from '../route.js';
import { HttpSender } from '../send.js';
import { type PlainEvent, type Stage } from '../testing/stage.js';
import { stranger, type Stranger } from '../testing/strangers.js';

jest.setTimeout(60_000);

let stage: Stage;
let sink: Sink;
let organization: string;

onStage((set) => ({ stage, sink, organization } = set));

const people = (count: number): PlainEvent[] =>
  Array.from({ length: count }, (_, index) => ({
    type: 'UserProfileChanged',
    subjects: [`directory_user_${index}`],
  }));

const destination = (request: object | null = null): Promise<string> =>
  stage.destination({ url: sink.url, organizationId: organization, request });

async function work(id: string): ReturnType<typeof pump> {
  await route(stage.engine, stage.errands);
  return pump(stage.engine, id);
}

describe('a destination with settings of its requests', () => {
  const request = { headers: { 'X-Api-Key': 'a-key-that-nobody-else-knows' } };

  it('is called with them', async () => {
    const id = await destination(request);
    await stage.append(organization, people(3));
    await work(id);
    expect(sink.received.map(({ headers }) => headers['x-api-key'])).toEqual(
      Array(3).fill(request.headers['X-Api-Key']),
    );
  });

  it('keeps them sealed', async () => {
    const id = await destination(request);
    const [row] = await rowsOf(id);
    expect(row?.request_sealed).toMatch(/^v1\./);
    expect(JSON.stringify(row)).not.toContain('nobody-else');
    const found = await stage.engine.destinations.find(id);
    expect(stage.engine.destinations.requestOf(found!)).toEqual(request);
  });

  it('is called with the new ones from the next slice of work on', async () => {
    const id = await destination(request);
    await stage.append(organization, people(1));
    await work(id);
    await stage.engine.destinations.change(id, { request: { headers: { 'X-Other': 'yes' } } });
    await stage.append(organization, people(1));
    await work(id);
    await stage.engine.destinations.change(id, { request: null });
    await stage.append(organization, people(1));
    await work(id);
    expect(sink.received.map(({ headers }) => [headers['x-api-key'], headers['x-other']])).toEqual([
      [request.headers['X-Api-Key'], undefined],
      [undefined, 'yes'],
      [undefined, undefined],
    ]);
  });

  it('costs nobody else a statement, and the router does not even read them', async () => {
    const id = await destination(request);
    const concerned = await stage.engine.destinations.enabledBesides([organization], []);
    expect(concerned.map((each) => [each.id, each.requestSealed])).toContainEqual([id, undefined]);
  });

  const rowsOf = (id: string): Promise<{ request_sealed: string | null }[]> =>
    stage.database.rows('select * from destination where id = $1', [id]);
});

describe('when what fails stands on our side', () => {
  let proxy: Stranger;
  let works: boolean;
  let through: HttpSender;

  beforeEach(async () => {
    works = false;
    proxy = await stranger((client, head) => {
      client.removeAllListeners('data');
      if (!works) return client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      const [, host = '', port] = /^CONNECT ([\d.]+):(\d+) /.exec(head) ?? [];
      const upstream = connect(Number(port), host, () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        client.pipe(upstream).pipe(client);
      });
      upstream.on('error', () => client.destroy());
    });
    through = new HttpSender({
      guard: new AddressGuard({ allowedNetworks: ['127.0.0.0/8'] }),
      version: 'test',
      proxy: `http://127.0.0.1:${proxy.port}`,
    });
    stage.engine.send = through.send;
  });

  afterEach(async () => {
    await through.close();
    await proxy.close();
  });

  it('nothing is parked, no wait is consumed, the endpoint is not blamed, and everything is delivered afterwards', async () => {
    const id = await destination();
    const appended = await stage.append(organization, people(20));
    for (let times = 0; times < 15; times += 1) {
      const report = await work(id);
      expect(report).toMatchObject({ kind: 'worked', more: true, restingUntil: expect.any(Date) });
      stage.clock.skip(6);
    }
    expect(await stage.parked(id)).toEqual([]);
    expect(await stage.state(id)).toMatchObject({ cursor: appended[0]! - 1, consecutive_failures: 0 });
    const attempts = await stage.database.rows<{ attempt: number; error: string }>(
      'select distinct attempt, error from delivery_attempt where destination_id = $1',
      [id],
    );
    expect(attempts).toEqual([{ attempt: 1, error: expect.stringContaining('ROLLCALL_EGRESS_PROXY') }]);
    works = true;
    await work(id);
    expect(sink.received).toHaveLength(20);
    expect(await stage.state(id)).toMatchObject({ cursor: appended.at(-1), consecutive_failures: 0 });
  });

  it('it is tried again soon, and not at once', async () => {
    const id = await destination();
    await stage.append(organization, people(1));
    const before = stage.clock.now().getTime();
    const report = await work(id);
    const pause = ((report as { restingUntil: Date }).restingUntil.getTime() - before) / 1_000;
    expect(pause).toBeGreaterThan(1);
    expect(pause).toBeLessThan(30);
    expect(await pump(stage.engine, id)).toEqual({ kind: 'idle' });
  });

  it('what was parked before keeps its attempts and its place', async () => {
    const id = await destination();
    works = true;
    sink.answers({ status: 500 });
    const [position] = await stage.append(organization, people(1));
    await work(id);
    expect(await stage.parked(id)).toMatchObject([{ position, state: 'waiting', attempts: 1 }]);
    works = false;
    await through.close();
    through = new HttpSender({
      guard: new AddressGuard({ allowedNetworks: ['127.0.0.0/8'] }),
      version: 'test',
      proxy: `http://127.0.0.1:${proxy.port}`,
    });
    stage.engine.send = through.send;
    stage.clock.skip(60);
    await work(id);
    expect(await stage.parked(id)).toMatchObject([{ position, state: 'waiting', attempts: 1 }]);
    works = true;
    sink.answers({ status: 204 });
    stage.clock.skip(60);
    await work(id);
    expect(await stage.parked(id)).toEqual([]);
  });
});
