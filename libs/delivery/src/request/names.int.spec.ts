import { createSocket, type Socket } from 'node:dgram';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Names } from './names.js';

const TYPE = { A: 1, AAAA: 28 };

/** What the DNS server of this test knows; of a name with `silent` in it, it says nothing at all. */
const ZONE: Record<string, { A?: string; AAAA?: string }> = {
  'good.example.com': { A: '93.184.216.34', AAAA: '26062800022000010248189325c81946' },
  'old.example.com': { A: '93.184.216.35' },
  'overridden.example.com': { A: '93.184.216.36' },
};

describe('the addresses of a name', () => {
  let server: Socket;
  let asked: string[];
  let names: Names;
  let folder: string;

  beforeAll(async () => {
    server = createSocket('udp4');
    server.on('message', (question, from) => {
      const { name, type, end } = questionOf(question);
      asked.push(name);
      if (name.includes('silent')) return;
      server.send(answerTo(question.subarray(0, end), type, ZONE[name]), from.port, from.address);
    });
    await new Promise<void>((done) => server.bind(0, '127.0.0.1', done));
    folder = await mkdtemp(join(tmpdir(), 'hosts-'));
    await writeFile(
      join(folder, 'hosts'),
      '127.0.0.1 localhost\n# 10.0.0.9 old.example.com\n10.0.0.8 Overridden.example.com\n',
    );
    names = new Names({
      servers: [`127.0.0.1:${(server.address() as AddressInfo).port}`],
      hostsFile: join(folder, 'hosts'),
    });
  });

  afterAll(async () => {
    await new Promise<void>((done) => server.close(done));
    await rm(folder, { recursive: true });
  });

  beforeEach(() => {
    asked = [];
  });

  it('are all of them, those of version 4 first', async () => {
    expect(await names.resolve('good.example.com')).toEqual([
      { address: '93.184.216.34', family: 4 },
      { address: '2606:2800:220:1:248:1893:25c8:1946', family: 6 },
    ]);
    expect(await names.resolve('old.example.com')).toEqual([{ address: '93.184.216.35', family: 4 }]);
  });

  it('are found while any number of other names get no answer', async () => {
    const silent = Array.from({ length: 50 }, (_, index) => names.resolve(`silent-${index}.example.com`));
    const all = Promise.allSettled(silent);
    const early = await Promise.race([
      names.resolve('good.example.com'),
      Promise.any(silent).catch(() => 'the silent ones were given up first'),
    ]);
    expect(early).toHaveLength(2);
    const reasons = (await all).map(
      (result) => result.status === 'rejected' && (result.reason as { code: string }).code,
    );
    expect([...new Set(reasons)]).toEqual(['EAI_AGAIN']);
  });

  it('are asked for once, however many connections wait for them', async () => {
    await Promise.all(Array.from({ length: 64 }, () => names.resolve('good.example.com')));
    expect(asked).toEqual(['good.example.com', 'good.example.com']); // A and AAAA
  });

  it('are the system’s where the hosts file has the name', async () => {
    // The system reads its own file, which does not know it: what matters is that DNS is not asked.
    await names.resolve('overridden.example.com').catch(() => undefined);
    expect(asked).toEqual([]);
  });

  it.each(['localhost', 'app.localhost'])(
    'are the system’s for %s, which is nobody’s but its own',
    async (name) => {
      await names.resolve(name).catch(() => undefined);
      expect(asked).toEqual([]);
    },
  );

  it('are none for a name that nobody knows', async () => {
    await expect(names.resolve('nobody.example.invalid')).rejects.toMatchObject({
      code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
    });
    expect(asked).toContain('nobody.example.invalid');
  });
});

/** RFC 1035 §4.1: the name and the type that are asked for, and where the question ends. */
function questionOf(message: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  while (message[at]) {
    const length = message[at] ?? 0;
    labels.push(message.toString('ascii', at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 };
}

function answerTo(question: Buffer, type: number, known: { A?: string; AAAA?: string } | undefined): Buffer {
  const data =
    type === TYPE.A && known?.A
      ? Buffer.from(known.A.split('.').map(Number))
      : type === TYPE.AAAA && known?.AAAA
        ? Buffer.from(known.AAAA, 'hex')
        : undefined;
  const head = Buffer.from(question);
  head.writeUInt16BE(known ? 0x8180 : 0x8183, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(data ? 1 : 0, 6);
  head.writeUInt32BE(0, 8);
  if (!data) return head;
  const record = Buffer.alloc(12);
  record.writeUInt16BE(0xc00c, 0);
  record.writeUInt16BE(type, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt32BE(60, 6);
  record.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, record, data]);
}
