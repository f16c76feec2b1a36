/** Many operations in one request: RFC 7644 §3.7. */
import { describe, expect, it } from '@jest/globals';
import type { HttpAnswer } from '../support/hub.js';
import {
  BULK_REQUEST,
  BULK_RESPONSE,
  ERROR,
  errorBody,
  GROUP,
  PATCH_OP,
  serverUnderTest,
  unique,
  USER,
} from './server.js';

const server = serverUnderTest();

interface Result {
  method: string;
  bulkId?: string;
  location?: string;
  version?: string;
  status: string;
  response?: { schemas: string[]; status: string; scimType?: string };
}

const bulk = (Operations: object[], more: object = {}): Promise<HttpAnswer> =>
  server.send('POST', '/Bulk', { schemas: [BULK_REQUEST], Operations, ...more });

async function results(Operations: object[], more: object = {}): Promise<Result[]> {
  const answer = await bulk(Operations, more);
  if (answer.status !== 200) throw new Error(`the bulk was answered ${answer.status}: ${answer.text}`);
  expect(answer.body['schemas']).toEqual([BULK_RESPONSE]);
  return answer.body['Operations'] as Result[];
}

const newUser = (bulkId: string, userName = unique('user')): object => ({
  method: 'POST',
  path: '/Users',
  bulkId,
  data: { schemas: [USER], userName },
});
const idIn = ({ location }: Result): string => location!.split('/').at(-1)!;

describe('RFC 7644 §3.7, bulk', () => {
  it('every operation is answered in its place, with its status as text', async () => {
    if (!server.offers('bulk')) return;
    const user = await server.user();
    const gone = await server.user();
    const answers = await results([
      newUser('a'),
      {
        method: 'PUT',
        path: `/Users/${user.id}`,
        data: { schemas: [USER], userName: user.userName, title: 'Dr' },
      },
      {
        method: 'PATCH',
        path: `/Users/${user.id}`,
        data: { schemas: [PATCH_OP], Operations: [{ op: 'add', path: 'nickName', value: 'Ada' }] },
      },
      { method: 'DELETE', path: `/Users/${gone.id}` },
    ]);
    expect(answers.map(({ method, status }) => `${method} ${status}`)).toEqual([
      'POST 201',
      'PUT 200',
      'PATCH 200',
      'DELETE 204',
    ]);
    expect(answers[0]).toMatchObject({ bulkId: 'a', location: expect.stringContaining('/Users/') });
    expect((await server.send('GET', `/Users/${user.id}`)).body).toMatchObject({
      title: 'Dr',
      nickName: 'Ada',
    });
    expect((await server.send('GET', `/Users/${gone.id}`)).status).toBe(404);
    await server.send('DELETE', `/Users/${idIn(answers[0]!)}`);
  });

  it('an operation that fails has the error in its response, and the others are done', async () => {
    if (!server.offers('bulk')) return;
    const { userName } = await server.user();
    const answers = await results([newUser('taken', userName), newUser('free')]);
    expect(answers.map(({ status }) => status)).toEqual(['409', '201']);
    expect(answers[0]!.response).toMatchObject({ schemas: [ERROR], status: '409', scimType: 'uniqueness' });
    expect(answers[0]).not.toHaveProperty('location');
    await server.send('DELETE', `/Users/${idIn(answers[1]!)}`);
  });

  it('a failing operation on a resource that is there says where it is', async () => {
    if (!server.offers('bulk')) return;
    const { id, meta } = await server.user();
    const [answer] = await results([{ method: 'PUT', path: `/Users/${id}`, data: { schemas: [USER] } }]);
    expect(answer).toMatchObject({ status: '400', location: meta.location });
  });

  it('failOnErrors: so many errors end the processing', async () => {
    if (!server.offers('bulk')) return;
    const { userName } = await server.user();
    const names = [unique('user'), unique('user')];
    const answers = await results([newUser('1', userName), newUser('2', names[0]), newUser('3', names[1])], {
      failOnErrors: 1,
    });
    expect(answers.map(({ status }) => status)).toEqual(['409']);
    for (const name of names)
      expect((await server.find('Users', `userName eq "${name}"`)).body.totalResults).toBe(0);
  });

  it('§3.7.2: bulkId stands for the id of what is created in the same request', async () => {
    if (!server.offers('bulk')) return;
    const answers = await results([
      newUser('qwerty'),
      {
        method: 'POST',
        path: '/Groups',
        bulkId: 'ytrewq',
        data: {
          schemas: [GROUP],
          displayName: unique('group'),
          members: [{ type: 'User', value: 'bulkId:qwerty' }],
        },
      },
    ]);
    const [user, group] = answers.map(idIn);
    const { body } = await server.send('GET', `/Groups/${group}`);
    expect(body.members.map(({ value }) => value)).toEqual([user]);
    await server.send('DELETE', `/Groups/${group}`);
    await server.send('DELETE', `/Users/${user}`);
  });

  it('§3.7.1: references that go round in a circle are resolved', async () => {
    if (!server.offers('bulk')) return;
    const group = (bulkId: string, member: string): object => ({
      method: 'POST',
      path: '/Groups',
      bulkId,
      data: {
        schemas: [GROUP],
        displayName: unique(bulkId),
        members: [{ type: 'Group', value: `bulkId:${member}` }],
      },
    });
    const answers = await results([group('a', 'b'), group('b', 'a')]);
    expect(answers.map(({ status }) => status)).toEqual(['201', '201']);
    const [a, b] = answers.map(idIn) as [string, string];
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const { body } = await server.send('GET', `/Groups/${one}`);
      expect(body.members.map(({ value }) => value)).toEqual([other]);
    }
    for (const id of [a, b]) await server.send('DELETE', `/Groups/${id}`);
  });

  it('a bulkId that stands for nothing fails its operation', async () => {
    if (!server.offers('bulk')) return;
    const [answer] = await results([
      {
        method: 'POST',
        path: '/Groups',
        bulkId: 'g',
        data: { schemas: [GROUP], displayName: unique('group'), members: [{ value: 'bulkId:nobody' }] },
      },
    ]);
    expect(answer).toMatchObject({
      status: expect.stringMatching(/^4\d\d$/),
      response: { schemas: [ERROR] },
    });
  });

  it('a POST needs a bulkId', async () => {
    if (!server.offers('bulk')) return;
    const [answer] = await results([
      { method: 'POST', path: '/Users', data: { schemas: [USER], userName: unique('user') } },
    ]);
    expect(answer).toMatchObject({ status: '400', response: { schemas: [ERROR] } });
  });

  it('version: an operation for another version is 412', async () => {
    if (!server.offers('bulk') || !server.offers('etag')) return;
    const { id } = await server.user();
    const [answer] = await results([{ method: 'DELETE', path: `/Users/${id}`, version: 'W/"other"' }]);
    expect(answer).toMatchObject({ status: '412' });
    expect((await server.send('GET', `/Users/${id}`)).status).toBe(200);
  });

  it('§3.7.4: more operations than maxOperations are 413', async () => {
    if (!server.offers('bulk')) return;
    const most = Number(server.config['bulk']!['maxOperations']);
    const operations = Array.from({ length: most + 1 }, (_, index) => ({
      method: 'DELETE',
      path: `/Users/x${index}`,
    }));
    expect(await bulk(operations)).toMatchObject({ status: 413, body: errorBody(413) });
  });

  it('a body that is no BulkRequest is 400', async () => {
    if (!server.offers('bulk')) return;
    expect(await server.send('POST', '/Bulk', { schemas: [BULK_REQUEST] })).toMatchObject({
      status: 400,
      body: errorBody(400),
    });
  });
});
