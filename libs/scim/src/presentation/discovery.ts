// What a service says about itself, from the same data that the parser reads by: RFC 7643 §5 to §7, RFC 7644 §4.
import type { ResourceType } from '../json.js';
import type { AttributeDefinition, SchemaDefinition } from '../schema/definition.js';
import { shapeOf, type Described, type Shape } from '../schema/lookup.js';
import { listResponse, type ListResponse } from './page.js';

/** What the service can do beyond PATCH and filters; what is left out is unsupported. */
export interface Capabilities {
  /** The largest page of a filtered query. */
  maxResults: number;
  bulk?: { maxOperations: number; maxPayloadSizeInBytes: number };
  sort?: boolean;
  etag?: boolean;
  changePassword?: boolean;
  documentationUri?: string;
}

const URN = 'urn:ietf:params:scim:schemas:core:2.0';
const TYPES: readonly ResourceType[] = ['User', 'Group'];

export type Meta = { resourceType: string; location: string };

export type ServiceProviderConfig = ReturnType<typeof serviceProviderConfig>;

/** The answer of /ServiceProviderConfig: RFC 7643 §5. */
export function serviceProviderConfig(baseUrl: string, capabilities: Capabilities) {
  const { maxResults, bulk, sort, etag, changePassword, documentationUri } = capabilities;
  return {
    schemas: [`${URN}:ServiceProviderConfig`],
    ...(documentationUri === undefined ? {} : { documentationUri }),
    patch: { supported: true },
    bulk: {
      supported: bulk !== undefined,
      maxOperations: bulk?.maxOperations ?? 0,
      maxPayloadSize: bulk?.maxPayloadSizeInBytes ?? 0,
    },
    filter: { supported: true, maxResults },
    changePassword: { supported: changePassword ?? false },
    sort: { supported: sort ?? false },
    etag: { supported: etag ?? false },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'OAuth Bearer Token',
        description: 'Authentication by a bearer token that belongs to the directory.',
        specUri: 'https://www.rfc-editor.org/rfc/rfc6750',
        primary: true,
      },
      {
        type: 'oauth2',
        name: 'OAuth 2.0 Client Credentials',
        description:
          'Short-lived access tokens for a client of the directory, by the client credentials grant (RFC 6749 section 4.4).',
        specUri: 'https://www.rfc-editor.org/rfc/rfc6749',
        primary: false,
      },
    ],
    meta: { resourceType: 'ServiceProviderConfig', location: `${baseUrl}/ServiceProviderConfig` },
  };
}

export type ResourceTypeResource = {
  schemas: string[];
  id: string;
  name: string;
  description: string;
  endpoint: string;
  schema: string;
  schemaExtensions: { schema: string; required: boolean }[];
  meta: Meta;
};

/** The answer of /ResourceTypes: RFC 7643 §6. */
export function resourceTypes(
  baseUrl: string,
  shapes: readonly Described[] = TYPES,
): ListResponse<ResourceTypeResource> {
  return everything(shapes.map((shape) => describeType(shapeOf(shape), baseUrl)));
}

/** The answer of /ResourceTypes/{id}; undefined when there is no such type. */
export function resourceType(
  baseUrl: string,
  id: string,
  shapes: readonly Described[] = TYPES,
): ResourceTypeResource | undefined {
  return resourceTypes(baseUrl, shapes).Resources.find((resource) => resource.id === id);
}

function describeType({ type, schema, extensions }: Shape, baseUrl: string): ResourceTypeResource {
  return {
    schemas: [`${URN}:ResourceType`],
    id: type,
    name: type,
    description: schema.description,
    endpoint: `/${type}s`,
    schema: schema.id,
    schemaExtensions: extensions.map(({ id }) => ({ schema: id, required: false })),
    meta: { resourceType: 'ResourceType', location: `${baseUrl}/ResourceTypes/${type}` },
  };
}

export type SchemaResource = {
  schemas: string[];
  id: string;
  name: string;
  description: string;
  attributes: AttributeDefinition[];
  meta: Meta;
};

/** The answer of /Schemas: RFC 7643 §7. */
export function schemas(baseUrl: string, shapes: readonly Described[] = TYPES): ListResponse<SchemaResource> {
  const all = shapes.map(shapeOf).flatMap(({ schema, extensions }) => [schema, ...extensions]);
  return everything(all.map((definition) => describeSchema(definition, baseUrl)));
}

/** The answer of /Schemas/{id}; undefined when there is no such schema. */
export function schema(
  baseUrl: string,
  id: string,
  shapes: readonly Described[] = TYPES,
): SchemaResource | undefined {
  return schemas(baseUrl, shapes).Resources.find(
    (resource) => resource.id.toLowerCase() === id.toLowerCase(),
  );
}

function describeSchema(
  { id, name, description, attributes }: SchemaDefinition,
  baseUrl: string,
): SchemaResource {
  const meta = { resourceType: 'Schema', location: `${baseUrl}/Schemas/${id}` };
  return { schemas: [`${URN}:Schema`], id, name, description, attributes, meta };
}

function everything<Resource>(resources: Resource[]): ListResponse<Resource> {
  return listResponse(resources, { totalResults: resources.length, startIndex: 1 });
}
