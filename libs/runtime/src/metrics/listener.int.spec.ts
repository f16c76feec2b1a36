import { afterEach, describe, expect, it } from '@jest/globals';
import { MetricsListener, type MetricsListenerOptions } from './listener.js';
import { Metrics } from './metrics.js';

const listeners: MetricsListener[] = [];

async function open(options: Partial<MetricsListenerOptions> = {}): Promise<string> {
  const listener = await MetricsListener.open(new Metrics(), {
    ...{ host: '127.0.0.1', port: 0, token: undefined },
    ...options,
  });
  listeners.push(listener);
  return `http://127.0.0.1:${listener.port}`;
}

afterEach(async () => {
  await Promise.all(listeners.splice(0).map((listener) => listener.close()));
});

describe('the metrics port', () => {
  it('answers GET /metrics as Prometheus reads it, and nothing else', async () => {
    const url = await open();
    const answer = await fetch(`${url}/metrics?x=1`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await answer.text()).toContain('# TYPE rollcall_delivery_attempts_total counter');
    expect((await fetch(`${url}/`)).status).toBe(404);
    const posted = await fetch(`${url}/metrics`, { method: 'POST', body: 'x' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    const head = await fetch(`${url}/metrics`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('asks for the token where there is one', async () => {
    const url = await open({ token: 'a-token-for-scrapers' });
    const ask = async (authorization?: string): Promise<number> =>
      (await fetch(`${url}/metrics`, authorization ? { headers: { authorization } } : {})).status;
    expect(await ask()).toBe(401);
    expect(await ask('Bearer a-token-for-scraper')).toBe(401);
    expect(await ask('Bearer a-token-for-scrapers')).toBe(200);
  });

  it('that is taken says so, and what to do', async () => {
    const url = await open();
    const port = Number(new URL(url).port);
    await expect(open({ port })).rejects.toThrow(/ROLLCALL_METRICS_PORT of its own/);
  });
});
