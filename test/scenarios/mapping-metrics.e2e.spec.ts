/** What Prometheus sees of mappings, roles and history. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, freePort } from '../support/index.js';
import { expected, TestHub } from '../support/hub.js';

let hub: TestHub;
let port: number;

beforeAll(async () => {
  port = await freePort();
  hub = await TestHub.start({ ROLLCALL_METRICS_PORT: String(port) });
}, 120_000);

afterAll(() => hub.close());

async function metrics(): Promise<Record<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith('rollcall_'));
  return Object.fromEntries(
    lines.map((line): [string, number] => {
      const [name, value] = line.split(' ') as [string, string];
      return [name, Number(value)];
    }),
  );
}

describe('the metrics of mappings and roles', () => {
  it('count whom a mapping was applied to, whom it changed, and whose required attribute was missing', async () => {
    const directory = await hub.connect();
    await directory.makeUser('ada', { title: 'Countess' });
    const bea = await directory.makeUser('bea');
    const path = `/directories/${directory.id}/attribute_mapping`;
    const rank = { name: 'rank', path: 'title', required: true };
    expected(200, await hub.api('PUT', path, { attributes: [rank] }));
    await directory.scim('POST', '/Users', { userName: 'cid' }); // without a title
    expected(200, await directory.patch(`/Users/${bea.id}`, { op: 'replace', path: 'nickName', value: 'B' }));
    const roles = { rules: [], default_role: 'member' };
    expected(200, await hub.api('PUT', `/directories/${directory.id}/role_mapping`, roles));
    await eventually(async () =>
      expect(await metrics()).toMatchObject({
        'rollcall_people_looked_at_total{kind="attributes"}': 2,
        'rollcall_people_remapped_total{kind="attributes"}': 1,
        'rollcall_people_looked_at_total{kind="roles"}': 2,
        'rollcall_people_remapped_total{kind="roles"}': 2,
        rollcall_required_attribute_refusals_total: 1,
      }),
    );
  });

  it('say that hubs are at the end of the log, for roles as for history', async () => {
    await eventually(
      async () =>
        expect(await metrics()).toMatchObject({
          'rollcall_mapping_backlog_people{kind="attributes"}': 0,
          'rollcall_mapping_backlog_people{kind="roles"}': 0,
          rollcall_roles_lag_events: 0,
          rollcall_roles_lag_seconds: 0,
          rollcall_history_lag_events: 0,
        }),
      { withinInSeconds: 30 },
    );
  });
});
