/** The API describes itself: for programs at /openapi.json, for people at /docs. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { holdAgainstDocument } from '../support/documented.js';
import { expected, TestHub } from '../support/hub.js';

let hub: TestHub;
const PROGRAM_TIMEOUT_IN_MILLISECONDS = 60_000;

beforeAll(async () => {
  hub = await TestHub.start();
}, PROGRAM_TIMEOUT_IN_MILLISECONDS);
afterAll(() => hub.close(), PROGRAM_TIMEOUT_IN_MILLISECONDS);

interface Operation {
  operationId: string;
  tags: string[];
  responses: Record<string, object>;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
}

const get = (path: string) => hub.send({ method: 'GET', path });
const written = (): Document => JSON.parse(readFileSync('docs/reference/openapi.json', 'utf8')) as Document;

describe('the document of the API', () => {
  it('is the one in docs/reference/openapi.json; `npm run docs` writes it', async () => {
    const answer = expected(200, await get('/openapi.json'));
    expect(answer.headers['content-type']).toMatch('application/json');
    expect(JSON.parse(answer.text)).toEqual(written());
    expect(written().openapi).toBe('3.1.0');
  });

  it('says of every route what it answers, and gives each operation a name of its own', () => {
    const operations = Object.entries(written().paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
    );
    const silent = operations.filter(
      ({ operation }) => !Object.keys(operation.responses).some((status) => status < '300'),
    );
    expect(silent.map(({ name }) => name)).toEqual([]);
    const names = operations.map(({ operation }) => operation.operationId);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect(operations.length).toBeGreaterThan(100);
  });

  it('leads nowhere where nothing is', () => {
    const text = readFileSync('docs/reference/openapi.json', 'utf8');
    const { components } = JSON.parse(text) as { components: { schemas: object; responses: object } };
    const named = new Set(
      [...text.matchAll(/"#\/components\/(?:schemas|responses)\/([^"]+)"/g)].map(([, name]) => name!),
    );
    const there = new Set([...Object.keys(components.schemas), ...Object.keys(components.responses)]);
    expect([...named].filter((name) => !there.has(name))).toEqual([]);
  });

  it('is what answers in these tests are held against', () => {
    const answered = { method: 'GET', path: '/organizations/org_1', status: 200 };
    expect(() => holdAgainstDocument({ ...answered, body: { object: 'organization' } })).toThrow('is not as');
    expect(() => holdAgainstDocument({ ...answered, status: 418, body: {} })).toThrow('says nothing of');
  });
});

describe('/docs', () => {
  it('is a page that loads nothing from elsewhere', async () => {
    const page = expected(200, await hub.send({ method: 'GET', path: '/docs' }, 'text'));
    expect(page.headers['content-type']).toMatch('text/html');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.text).not.toMatch(/https?:\/\//);
    const files = [...page.text.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path]) => path!);
    expect(files).toHaveLength(4);
    for (const path of files) expected(200, await hub.send({ method: 'GET', path }, 'text'));
    expect((await get('/docs/package.json')).status).toBe(404);
    expect((await get('/docs/..%2Fpackage.json')).status).toBe(404);
  });
});
