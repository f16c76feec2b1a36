/** The examples of `docs/consumer-api` do what the pages say: each is run against a hub, and what is shown of answers is there. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expected, TestHub } from '../support/hub.js';

const FOLDER = 'docs/consumer-api';
const CURL = resolve('test/support/documented-curl.mjs');
const realCurl = execFileSync('which', ['curl'], { encoding: 'utf8' }).trim();

interface Block {
  language: string;
  text: string;
}
interface Call {
  args: string[];
  code: number;
  body: string;
}

const pages = readdirSync(FOLDER).map((page) => {
  const found = readFileSync(join(FOLDER, page), 'utf8').matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm);
  const blocks = [...found].map(([, language = '', text = '']): Block => ({ language, text }));
  return { page, blocks };
});
const isExample = ({ language, text }: Block): boolean => language === 'sh' && !/^npm /m.test(text);
const withExamples = pages.filter(({ blocks }) =>
  blocks.some((each) => isExample(each) && /curl|api /.test(each.text)),
);

let hub: TestHub;

beforeAll(async () => {
  hub = await TestHub.start({ ROLLCALL_ALLOWED_PRIVATE_NETWORKS: '127.0.0.0/8' });
}, 120_000);

afterAll(() => hub.close());

/** What the pages speak of, for each page anew: some of them change it. */
interface World {
  /** By what they begin with. */
  ids: Record<string, string[]>;
  /** What pages show without a request for it. */
  beside: string;
}

async function newWorld(): Promise<World> {
  const directory = await hub.connect({ type: 'okta scim v2.0' });
  const roles = { rules: [{ group: { name: 'Admins' }, roles: ['admin'] }], default_role: 'member' };
  expected(200, await hub.api('PUT', `/directories/${directory.id}/role_mapping`, roles));
  const emails = [{ value: 'ada@example.com', type: 'work', primary: true }];
  const ada = await directory.makeUser('ada', { emails, externalId: '00u1', title: 'Countess' });
  const bea = await directory.makeUser('bea');
  const group = await directory.makeGroup('Admins', [ada.id, bea.id]);
  await directory.patch(`/Users/${ada.id}`, { op: 'replace', path: 'title', value: 'Lady' });
  await directory.patch(`/Users/${bea.id}`, { op: 'replace', path: 'active', value: false });
  await directory.patch(`/Groups/${group.id}`, { op: 'remove', path: `members[value eq "${bea.id}"]` });
  const { organizationId } = directory;
  const hook = { endpoint_url: 'http://127.0.0.1:9999/hook', events: [], organization_id: organizationId };
  const endpoint = expected(201, await hub.api('POST', '/webhook_endpoints', hook)).body;
  const ids: Record<string, string[]> = {
    org_: [organizationId],
    directory_: [directory.id],
    directory_user_: [ada.id],
    directory_group_: [group.id],
    event_: [(await hub.events(organizationId))[0]!.id],
    we_: [endpoint.id],
    sk_: [hub.apiKey],
  };
  const shown = [`/directories/${directory.id}`, `/directory_users/${ada.id}`];
  const answers = await Promise.all(
    shown.map(async (path) => expected(200, await hub.api('GET', path)).text),
  );
  return { ids, beside: answers.join('\n') };
}

const run = promisify(execFile);

/** The blocks one after the other in one shell, each with the requests that it made. */
async function runPage(
  blocks: Block[],
  { ids }: World,
): Promise<{ text: string; calls: Call[]; held: string }[]> {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-examples-'));
  try {
    const lines = [ids['directory_user_']![0], 'directory_user_01ARZ3NDEKTSV4RRFFQ69G5FAV'].map((id) =>
      JSON.stringify({ object: 'directory_user', id, updated_at: '2001-01-01T00:00:00.000Z' }),
    );
    const held = lines.join('\n');
    writeFileSync(join(folder, 'held.ndjson'), `${held}\n`);
    writeFileSync(join(folder, 'known.json'), JSON.stringify({ url: hub.url, curl: realCurl, ids }));
    writeFileSync(join(folder, 'curl'), `#!/bin/sh\nexec "${process.execPath}" "${CURL}" "$@"\n`, {
      mode: 0o755,
    });
    // A page that follows the log for ever does so once.
    const shell = blocks.map(
      ({ text }, index) => `${text.replaceAll('while :', 'for ONCE in 1')}\necho ${index} > block`,
    );
    const numbered = blocks.map((_, index) => `mv calls.ndjson calls-${index}.ndjson 2>/dev/null`);
    const script = shell.flatMap((each, index) => [each, numbered[index]!]).join('\n');
    const one = (kind: string): string => ids[kind]![0]!;
    const env = {
      ...{ PATH: `${folder}:${process.env['PATH']}`, EXAMPLES: folder },
      ...{ URL: hub.url, HUB: hub.url, ROLLCALL: hub.url },
      ...{ KEY: hub.apiKey, API_KEY: hub.apiKey, ROLLCALL_API_KEY: hub.apiKey },
      ...{ DIRECTORY: one('directory_'), USER: one('directory_user_'), GROUP: one('directory_group_') },
    };
    await run('bash', ['-c', `${script}\ntrue`], { cwd: folder, env });
    return blocks.map(({ text }, index) => {
      const file = join(folder, `calls-${index}.ndjson`);
      const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
      return { text, calls: lines.map((line) => JSON.parse(line) as Call), held };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The names of members that a text of JSON has, also of one that is cut short by `…`. */
function membersIn(text: string): string[] {
  return [...text.matchAll(/"([^"\\…]+)"\s*:/g)].map(([, name]) => name!);
}

/** How often a block asks, as it is written. */
function requestsIn(text: string): number {
  const written = text.replace(/^api\(\).*$/m, '').replace(/^\s*#.*$/gm, '');
  return [...written.matchAll(/(?:^|\()(?:curl|api) /gm)].length;
}

describe('the examples of the pages about the consumer API', () => {
  it('are all in blocks that say that they are for a shell', () => {
    const others = pages.flatMap(({ page, blocks }) =>
      blocks.filter(({ language, text }) => language !== 'sh' && /^curl /m.test(text)).map(() => page),
    );
    expect(others).toEqual([]);
    expect(withExamples.map(({ page }) => page)).toEqual(
      expect.arrayContaining(['attributes-and-roles.md', 'events.md', 'history.md', 'organizations.md']),
    );
  });

  it.each(withExamples)(
    'are answered as $page says',
    async ({ blocks }) => {
      const world = await newWorld();
      const ran = await runPage(blocks.filter(isExample), world);
      for (const { text, calls } of ran) {
        const failed = calls.filter(({ code }) => code < 200 || code > 299);
        expect(failed).toEqual([]);
        expect({ text, requests: calls.length }).toEqual({ text, requests: requestsIn(text) });
        const shown = text.split('\n').filter((line) => line.startsWith('#'));
        const answered = new Set(membersIn(calls.map(({ body }) => body).join('\n')));
        expect(membersIn(shown.join('\n')).filter((name) => !answered.has(name))).toEqual([]);
      }
      const texts = ran.flatMap(({ calls, held }) => [held, ...calls.map(({ body }) => body)]);
      const answered = new Set(membersIn([world.beside, ...texts].join('\n')));
      const json = blocks
        // What is refused, and in which words, the specs of those refusals say.
        .filter(({ language, text }) => language === 'json' && !text.includes('"code"'))
        .flatMap(({ text }) => membersIn(text));
      expect(json.filter((name) => !answered.has(name))).toEqual([]);
    },
    60_000,
  );
});
