/** Members named as JavaScript names its own: nobody is left to believe that they had an effect. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/index.js';
import { expected, TestHub, USER, type TestDirectory } from '../support/hub.js';

let hub: TestHub;
let directory: TestDirectory;

beforeAll(async () => {
  hub = await TestHub.start();
  directory = await hub.connect();
}, 60_000);
afterAll(() => hub.close(), 60_000);

describe('a body of the API with a member named as JavaScript names its own', () => {
  it.each([
    ['__proto__', '{"name":"Acme","__proto__":{"external_id":"x"}}', '__proto__'],
    ['constructor', '{"name":"Acme","metadata":{"constructor":"x"}}', 'metadata.constructor'],
    ['prototype', '{"name":"Acme","prototype":{}}', 'prototype'],
  ])('is refused with 422 for %s, and changes nothing', async (_name, body, place) => {
    const position = await hub.logPosition();
    const { data: before } = (await hub.api('GET', '/organizations')).body;
    const answer = expected(422, await hub.api('POST', '/organizations', body));
    expect(answer.body).toEqual({
      code: 'reserved_name',
      message: expect.stringContaining(`${place}: no member`),
    });
    expect((await hub.api('GET', '/organizations')).body.data).toEqual(before);
    expect(await hub.logPosition()).toBe(position);
  });
});

describe('a SCIM body with such a member', () => {
  it('is read without it, as without any attribute that no schema has, and the request log names it', async () => {
    const text = `{"schemas":["${USER}"],"userName":"ada@acme.com","__proto__":{"active":false},"constructor":1,"name":{"givenName":"Ada","prototype":1}}`;
    const answer = expected(201, await directory.scim('POST', '/Users', text));
    expect(answer.body).toMatchObject({ userName: 'ada@acme.com', active: true, name: { givenName: 'Ada' } });
    const id = answer.headers['x-request-id']!;
    await eventually(async () => {
      const { body } = expected(200, await hub.api('GET', `/scim_requests/${id}`));
      expect(body['ignored']).toEqual(['__proto__', 'constructor', 'name.prototype']);
    });
  });
});
