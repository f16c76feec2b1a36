import { describe, expect, it } from '@jest/globals';
import { ScimError, scimErrorBody } from './errors.js';

describe('the body of an error answer', () => {
  it('has its status as text and its schema URN', () => {
    expect(scimErrorBody(new ScimError(400, 'A User needs userName.', 'invalidValue'))).toEqual({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: '400',
      scimType: 'invalidValue',
      detail: 'A User needs userName.',
    });
  });

  it('leaves scimType out when there is none', () => {
    expect(Object.keys(scimErrorBody({ status: 404, detail: 'There is no such user.' }))).toEqual([
      'schemas',
      'status',
      'detail',
    ]);
  });
});
