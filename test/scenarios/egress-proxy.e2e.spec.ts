/** Everything that leaves goes through the operator's proxy: here one that is spoken to by TLS and wants a password. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { authority, secureStranger, type Stranger } from '../../libs/delivery/src/testing/strangers.js';
import { expected } from '../support/hub.js';
import { Sink } from '../support/index.js';
import { startInstallation, type Installation } from '../support/installation.js';

describe('an https:// egress proxy', () => {
  let folder: string;
  let sink: Sink;
  let proxy: Stranger;
  let asked: string[];
  let installation: Installation;

  beforeAll(async () => {
    const ours = await authority('The company');
    folder = await mkdtemp(join(tmpdir(), 'rollcall-proxy-'));
    const authorities = join(folder, 'authorities.pem');
    await writeFile(authorities, ours.cert);
    sink = await Sink.open();
    asked = [];
    proxy = await secureStranger(await ours.issue('proxy', { addresses: ['127.0.0.1'] }), (client, head) => {
      asked.push(head);
      client.removeAllListeners('data');
      const upstream = connect(Number(new URL(sink.url).port), '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        client.pipe(upstream).pipe(client);
      });
    });
    installation = await startInstallation({
      settings: {
        ROLLCALL_EGRESS_PROXY: `https://rollcall:hunter2@127.0.0.1:${proxy.port}`,
        // How an operator makes Node.js trust the authority of the company's own proxy.
        NODE_EXTRA_CA_CERTS: authorities,
      },
    });
  }, 60_000);

  afterAll(async () => {
    await installation.close();
    await Promise.all([proxy.close(), sink.close()]);
    await rm(folder, { recursive: true });
  }, 60_000);

  it('carries webhooks to the address that was checked, with the credentials that it wants', async () => {
    const { hub } = installation;
    const directory = await hub.connect({ type: 'okta scim v2.0' });
    const made = await hub.api('POST', '/webhook_endpoints', {
      endpoint_url: `${sink.url}/hook`,
      events: [],
      organization_id: directory.organizationId,
    });
    expected(201, made);
    expected(201, await directory.scim('POST', '/Users', { userName: 'ada', active: true }));
    const [told] = await sink.receives(1);
    expect(told).toMatchObject({ path: '/hook' });
    const { host } = new URL(sink.url);
    const basic = Buffer.from('rollcall:hunter2').toString('base64');
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatch(new RegExp(`^CONNECT ${host} HTTP/1.1\r\n`));
    expect(asked[0]!.toLowerCase()).toContain(`proxy-authorization: basic ${basic}`.toLowerCase());
  });
});
