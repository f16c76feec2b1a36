import { describe, expect, it } from '@jest/globals';
import { resourceType, resourceTypes, schema, schemas, serviceProviderConfig } from './discovery.js';

const baseUrl = 'https://hub.example/scim/v2';
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';

describe('the service', () => {
  it('says what it can do, and nothing that it cannot', () => {
    expect(serviceProviderConfig(baseUrl, { maxResults: 200 })).toMatchObject({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
      patch: { supported: true },
      bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
      filter: { supported: true, maxResults: 200 },
      changePassword: { supported: false },
      sort: { supported: false },
      etag: { supported: false },
      authenticationSchemes: [
        { type: 'oauthbearertoken', primary: true },
        { type: 'oauth2', primary: false },
      ],
      meta: { location: `${baseUrl}/ServiceProviderConfig` },
    });
  });

  it('says more when it learns more', () => {
    const bulk = { maxOperations: 10, maxPayloadSizeInBytes: 1000 };
    expect(serviceProviderConfig(baseUrl, { maxResults: 200, bulk, etag: true })).toMatchObject({
      bulk: { supported: true, maxOperations: 10, maxPayloadSize: 1000 },
      etag: { supported: true },
    });
  });

  it('lists its types of resources', () => {
    const { totalResults, Resources } = resourceTypes(baseUrl);
    expect(totalResults).toBe(2);
    expect(Resources.map(({ id, endpoint }) => [id, endpoint])).toEqual([
      ['User', '/Users'],
      ['Group', '/Groups'],
    ]);
    expect(resourceType(baseUrl, 'User')?.schemaExtensions).toEqual([
      { schema: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User', required: false },
    ]);
    expect(resourceType(baseUrl, 'Device')).toBeUndefined();
  });

  it('lists its schemas', () => {
    expect(schemas(baseUrl)).toMatchObject({ totalResults: 3, itemsPerPage: 3, startIndex: 1 });
    expect(schema(baseUrl, USER)).toMatchObject({
      name: 'User',
      meta: { location: `${baseUrl}/Schemas/${USER}` },
    });
    expect(schema(baseUrl, 'urn:example')).toBeUndefined();
  });

  it('describes every attribute without a null', () => {
    expect(JSON.stringify(schemas(baseUrl))).not.toContain('null');
    const names = schema(baseUrl, USER)?.attributes.map(({ name }) => name);
    expect(names).toEqual(
      [
        'userName name displayName nickName profileUrl title userType preferredLanguage locale timezone active password',
        'emails phoneNumbers ims photos addresses groups entitlements roles x509Certificates',
      ].flatMap((line) => line.split(' ')),
    );
  });

  it('says of each complex attribute what it is made of', () => {
    const all = schemas(baseUrl).Resources.flatMap(({ attributes }) => attributes);
    for (const { type, subAttributes } of all) expect(type === 'complex').toBe(subAttributes !== undefined);
  });
});
