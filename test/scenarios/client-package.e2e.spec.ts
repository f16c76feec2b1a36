/** The package that others install: what is in it, that it needs nothing else, and that what its README shows works. */
import { execFile } from 'node:child_process';
import { readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { Webhook } from 'standardwebhooks';
import ts from 'typescript';
import { startInstallation, type Installation } from '../support/installation.js';
import {
  emptyDatabase,
  eventually,
  freePort,
  installedClient,
  runScript,
  type InstalledClient,
} from '../support/index.js';

const run = promisify(execFile);

const COMPILED_WITHIN_IN_MILLISECONDS = 240_000;

/** Chosen by this machine, and put where the README has 4000. */
let readmePort: number;
let installed: InstalledClient;
let installation: Installation;
beforeAll(async () => {
  [installed, installation, readmePort] = await Promise.all([
    installedClient(['pg']),
    startInstallation({ workers: 0 }),
    freePort(),
  ]);
}, COMPILED_WITHIN_IN_MILLISECONDS);
afterAll(async () => {
  await installation.close();
  await rm(installed.folder, { recursive: true, force: true });
});

async function script(name: string, text: string): Promise<string> {
  const file = join(installed.folder, name);
  await writeFile(file, text);
  return file;
}

/** The programs that the documentation shows, each a file. */
async function examplesOf(...pages: string[]): Promise<string[]> {
  const texts = await Promise.all(pages.map((page) => readFile(page, 'utf8')));
  const blocks = texts.flatMap((text) => [...text.matchAll(/```ts\n(.*?)```/gs)].map((match) => match[1]!));
  expect(blocks.length).toBeGreaterThan(5);
  return Promise.all(blocks.map((block, index) => script(`example-${index}.ts`, block)));
}

/** The same as programs that run, with the addresses of this test. */
async function programsOf(page: string, hubUrl: string): Promise<string[]> {
  const blocks = [...(await readFile(page, 'utf8')).matchAll(/```ts\n(.*?)```/gs)].map((match) => match[1]!);
  return Promise.all(
    blocks.map((block, index) => {
      const text = block
        .replaceAll('https://rollcall.example.com', hubUrl)
        .replace('listen(4000)', `listen(${readmePort})`);
      const target = ts.ScriptTarget.ES2022;
      return script(
        `readme-${index}.mjs`,
        ts.transpileModule(text, { compilerOptions: { target } }).outputText,
      );
    }),
  );
}

describe('the package @rollcall/client', () => {
  it('holds what was built of it, and no tests, no sources, no more', () => {
    const others = installed.files.filter((path) => !/^dist\/[\w/-]+\.(js|d\.ts)$/.test(path));
    expect(others.sort()).toEqual(['LICENSE', 'README.md', 'package.json']);
    expect(installed.files.filter((path) => /spec|testing/.test(path))).toEqual([]);
    expect(installed.files).toEqual(expect.arrayContaining(['dist/index.js', 'dist/index.d.ts']));
  });

  it('needs nothing else, and knows a webhook of ours', async () => {
    const file = await script(
      'app.mjs',
      `import { RollcallClient, WebhookVerifier, consume, postgresStore, postgresTables } from '@rollcall/client';
      const verifier = new WebhookVerifier({ secrets: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', now: () => 1_614_265_330_000 });
      const headers = {
        'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
        'webhook-timestamp': '1614265330',
        'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
      };
      const body = await verifier.verify({ headers, body: '{"test": 2432232314}' });
      const kinds = [RollcallClient, consume, postgresStore, postgresTables].map((each) => typeof each);
      console.log(JSON.stringify({ body, kinds }));`,
    );
    const { stdout } = await run(process.execPath, [file]);
    expect(JSON.parse(stdout)).toEqual({
      body: { test: 2432232314 },
      kinds: ['function', 'function', 'function', 'function'],
    });
  });

  it('is imported and required by CommonJS, too', async () => {
    const body = `(client) => console.log(JSON.stringify(Object.keys(client).sort()))`;
    const programs = {
      'imports.cjs': `import('@rollcall/client').then(${body});`,
      'requires.cjs': `(${body})(require('@rollcall/client'));`,
    };
    const said = new Set<string>();
    for (const [name, text] of Object.entries(programs))
      said.add((await run(process.execPath, [await script(name, text)])).stdout);
    expect(said.size).toBe(1);
    expect(JSON.parse([...said][0]!)).toEqual(expect.arrayContaining(['RollcallClient', 'webhookReceiver']));
  });

  it(
    'has declarations that stand by themselves, for Node and for browsers, know the data of each event, and fit the documentation',
    async () => {
      await symlink(resolve('node_modules/@types'), join(installed.folder, 'node_modules', '@types'));
      const file = await script(
        'app.ts',
        `import { consume, isDirectoryEvent, postgresStore, RollcallClient, type AnyEvent, type DirectoryEvent, type PgPool, type PgClient } from '@rollcall/client';
      export function emailOf(event: AnyEvent): string | null {
        if (!isDirectoryEvent(event)) return null;
        switch (event.event) {
          case 'dsync.user.created':
            return event.data.email;
          case 'dsync.group.user_added':
            return event.data.user.email;
          default:
            // @ts-expect-error not every event has an e-mail address
            return event.data.email;
        }
      }
      export function app(pool: PgPool<PgClient & { own: true }>): Promise<void> {
        const handle = async (event: DirectoryEvent, tx: { own: true } & PgClient): Promise<void> => {
          await tx.query('select 1', [event.id, tx.own]);
        };
        const client = new RollcallClient({ baseUrl: 'https://hub.example.com', apiKey: 'sk_' });
        return consume({ client, store: postgresStore(pool), handle }).done;
      }`,
      );
      const examples = await examplesOf('packages/client/README.md', 'docs/consumer-api/client.md');
      const common = await script(
        'app.cts',
        `import { RollcallClient, type DirectoryUser } from '@rollcall/client';
      export const nameOf = ({ name }: DirectoryUser): string | null => name;
      export const client = new RollcallClient({ baseUrl: 'https://hub.example.com', apiKey: 'sk_' });`,
      );
      await writeFile(join(installed.folder, 'package.json'), '{"type":"module"}');
      const strict = {
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        skipLibCheck: false,
      };
      const build = { noEmit: true, module: 'nodenext', target: 'es2022' };
      for (const runtime of [
        { types: ['node'], lib: ['es2022'] },
        { types: [], lib: ['es2022', 'dom', 'dom.iterable'] },
      ]) {
        const compilerOptions = { ...strict, ...build, ...runtime };
        const files = [file, common, ...(runtime.types.includes('node') ? examples : [])];
        const config = await script('tsconfig.json', JSON.stringify({ compilerOptions, files }));
        const tsc = run(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', config]);
        const { stdout } = await tsc.catch((error: { stdout: string }) => error);
        expect(stdout).toBe('');
      }
    },
    COMPILED_WITHIN_IN_MILLISECONDS,
  );

  it('does what its README shows, against a hub', async () => {
    const { hub } = installation;
    const directory = await hub.connect();
    const database = await emptyDatabase();
    const rows = new pg.Pool({ connectionString: database.url, max: 2 });
    try {
      await rows.query(
        'create table users (id text primary key, email text, name text, active boolean, updated_at timestamptz)',
      );
      const [follow, verify, call] = await programsOf('packages/client/README.md', hub.url);
      const env = { ROLLCALL_API_KEY: hub.apiKey, DATABASE_URL: database.url };

      const { stdout } = await run(process.execPath, [call!], { env });
      expect(stdout).toContain(`${hub.url}/scim/v2`);
      expect(stdout).toContain('404 entity_not_found');

      const following = runScript(follow!, env);
      const { id } = await directory.makeUser('ada', {
        emails: [{ value: 'ada@example.com', primary: true }],
      });
      const known = 'select id, email from users where active';
      await eventually(
        async () => expect((await rows.query(known)).rows).toEqual([{ id, email: 'ada@example.com' }]),
        { withinInSeconds: 30 },
      );
      process.kill(following.pid, 'SIGTERM');
      expect(await following.ended).toEqual({ code: 0, signal: null });

      const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
      const receiving = runScript(verify!, { ROLLCALL_WEBHOOK_SECRET: secret });
      const at = new Date();
      const body = '{"object":"event","id":"event_1","event":"dsync.user.created"}';
      const headers = {
        'webhook-id': 'event_1',
        'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
        'webhook-signature': new Webhook(secret).sign('event_1', at, body),
      };
      const post = (text: string): Promise<Response> =>
        fetch(`http://127.0.0.1:${readmePort}/`, { method: 'POST', headers, body: text });
      await eventually(async () => expect((await post(body)).status).toBe(204));
      expect((await post(`${body} `)).status).toBe(401);
      expect(receiving.output()).toContain('event_1 dsync.user.created');
      await receiving.kill9();
    } finally {
      await rows.end();
      await database.drop();
    }
  });

  it('says what it is: no dependencies, ES modules, the Node it needs, a license', async () => {
    const path = join(installed.folder, 'node_modules', '@rollcall', 'client', 'package.json');
    const facts = JSON.parse(await readFile(path, 'utf8')) as object;
    expect(facts).toMatchObject({
      name: '@rollcall/client',
      type: 'module',
      license: 'Apache-2.0',
      engines: { node: '>=20.3' },
    });
    expect(Object.keys(facts).filter((name) => /dependencies|scripts/i.test(name))).toEqual([]);
  });
});
