/** An answer that means something else where the URL has taken a delivery before, and what receipts say of it. */
import { describe, expect, it, jest } from '@jest/globals';
import type { Sink } from '../../../test/support/index.js';
import { onStage } from '../../../test/support/on-stage.js';
import { isSuccess, refused } from './answer.js';
import { protocolsByName, type Protocol } from './protocol.js';
import { pump } from './pump.js';
import { route } from './route.js';
import { farewell, type NoteSettings, type Stage } from './testing/stage.js';

jest.setTimeout(60_000);

/** "Not found" means that there is nobody, once the URL is known to be the right one. */
const trusting: Protocol<NoteSettings> = {
  ...farewell,
  name: 'trusting',
  readsHistory: true,
  read: (answer, _about, history) => {
    const { status } = answer;
    if (isSuccess(answer)) return { kind: 'delivered', status };
    if (status === 404 && history?.hasDelivered) return { kind: 'delivered', status, note: 'nobody here' };
    return refused(answer);
  },
};

let stage: Stage;
let sink: Sink;
let organization: string;

onStage((set) => {
  ({ stage, sink, organization } = set);
  stage.engine.protocols = protocolsByName([trusting]);
});

const app = (): Promise<string> =>
  stage.destination({ protocol: 'trusting', url: sink.url, organizationId: organization });

async function leaves(name: string, id: string): Promise<void> {
  await stage.append(organization, [{ type: 'UserDeactivated', subjects: [`${name}_of_${organization}`] }]);
  await work(id);
}

async function work(id: string): Promise<void> {
  await route(stage.engine, stage.errands);
  await pump(stage.engine, id);
}

const receipts = (): Promise<Record<string, unknown>[]> =>
  stage.database.rows('select * from revocation_receipt where organization_id = $1 order by position', [
    organization,
  ]);

describe('an answer that counts only at an endpoint which has taken a delivery before', () => {
  it('counts for nothing at a URL that has never taken anything', async () => {
    const id = await app();
    sink.answers({ status: 404 });
    await leaves('ada', id);
    expect(await receipts()).toMatchObject([{ state: 'requested', status: 404, acknowledged_at: null }]);
  });

  it('acknowledges once it has, also what was refused before, and the receipt keeps why', async () => {
    const id = await app();
    sink.answers({ status: 404 });
    await leaves('ada', id);
    sink.answers({ status: 204 });
    await leaves('bob', id);
    sink.answers({ status: 404 });
    await leaves('eve', id);
    stage.clock.skip(60);
    await work(id);
    expect(await receipts()).toMatchObject([
      { state: 'acknowledged', status: 404, attempts: 2, reason: 'nobody here' },
      { state: 'acknowledged', status: 204, attempts: 1, reason: null },
      { state: 'acknowledged', status: 404, attempts: 1, reason: 'nobody here' },
    ]);
  });

  it('counts among others of the same turn, as soon as one of them was taken', async () => {
    const id = await app();
    sink.answers((_, index) => ({ status: index === 0 ? 204 : 404 }));
    const subject = `ada_of_${organization}`;
    // One after the other, since they are about one person.
    await stage.append(organization, [
      { type: 'UserDeactivated', subjects: [subject] },
      { type: 'UserDeactivated', subjects: [subject] },
    ]);
    await work(id);
    expect(await receipts()).toMatchObject([
      { state: 'acknowledged', status: 204 },
      { state: 'acknowledged', status: 404, attempts: 1 },
    ]);
  });

  it('counts for nothing at another URL of the same destination, and the receipt names the URL that confirmed', async () => {
    const id = await app();
    await leaves('ada', id);
    sink.answers({ status: 404 });
    const mistyped = `${sink.url}/mistyped`;
    await stage.engine.destinations.change(id, { settings: { url: mistyped } });
    await leaves('bob', id);
    expect((await receipts())[1]).toMatchObject({ state: 'requested', status: 404, endpoint: mistyped });
    await stage.engine.destinations.change(id, { settings: { url: sink.url } });
    stage.clock.skip(60);
    await work(id);
    expect((await receipts())[1]).toMatchObject({ state: 'acknowledged', status: 404, endpoint: sink.url });
  });

  it('is what an acknowledgement with a remark stays to be, whatever comes after it', async () => {
    const id = await app();
    await leaves('ada', id);
    sink.answers({ status: 404 });
    await leaves('bob', id);
    const before = await receipts();
    await stage.database.rows(
      'update delivery_state set cursor = 0, work_to = null where destination_id = $1',
      [id],
    );
    await stage.database.rows('delete from delivery_chain where destination_id = $1', [id]);
    sink.answers({ status: 503 });
    await work(id);
    expect(before[1]).toMatchObject({ state: 'acknowledged', status: 404, reason: 'nobody here' });
    const after = await receipts();
    expect(after[1]).toMatchObject({
      state: 'acknowledged',
      status: 404,
      reason: 'nobody here',
      attempts: 2,
    });
  });
});
