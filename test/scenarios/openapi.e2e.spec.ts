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

const get = (path: string) => hub.send({ method: 'GET', path });
const written = (): { openapi: string } =>
  JSON.parse(readFileSync('docs/reference/openapi.json', 'utf8')) as { openapi: string };

describe('the document of the API', () => {
  it('is the one in docs/reference/openapi.json; `npm run docs` writes it', async () => {
    const answer = expected(200, await get('/openapi.json'));
    expect(answer.headers['content-type']).toMatch('application/json');
    expect(JSON.parse(answer.text)).toEqual(written());
    expect(written().openapi).toBe('3.1.0');
  });

  it('is what answers in these tests are held against', () => {
    const answered = { method: 'GET', path: '/organizations/org_1', status: 200 };
    expect(() => holdAgainstDocument({ ...answered, body: { object: 'organization' } })).toThrow('is not as');
    expect(() => holdAgainstDocument({ ...answered, status: 418, body: {} })).toThrow('says nothing of');
    const refused = { ...answered, status: 404, body: { message: 'There is no more tea.', code: 'no_tea' } };
    expect(() => holdAgainstDocument(refused)).toThrow('with the code no_tea');
    const removed = { method: 'POST', path: '/consumers', status: 201, body: {}, asked: { nome: 'billing' } };
    expect(() => holdAgainstDocument(removed)).toThrow('The body of POST /consumers is not as');
  });
});

describe('/docs', () => {
  it('is a page that loads nothing from elsewhere', async () => {
    const page = expected(200, await hub.send({ method: 'GET', path: '/docs' }, 'text'));
    expect(page.headers['content-type']).toMatch('text/html');
    const policy = page.headers['content-security-policy']!.split('; ');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    // Nothing inline but the styles that Swagger UI writes into elements, and no other host at all.
    expect(policy.filter((each) => each.includes('unsafe'))).toEqual(["style-src-attr 'unsafe-inline'"]);
    expect(policy.join()).not.toMatch(/\*|https?:/);
    expect(page.text).not.toMatch(/<script>|<style| style=| on\w+=/);
    expect(page.text).not.toMatch(/https?:\/\//);
    const files = new Set([...page.text.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path]) => path!));
    expect(files).toContain('/docs/swagger-ui-bundle.js');
    for (const path of files) {
      const { headers } = expected(200, await hub.send({ method: 'GET', path }, 'text'));
      expect(headers['content-type']).toMatch(
        /^(text\/(html|css|javascript)|image\/svg\+xml|application\/json)/,
      );
    }
    expect((await get('/docs/package.json')).status).toBe(404);
    expect((await get('/docs/..%2Fpackage.json')).status).toBe(404);
  });
});
