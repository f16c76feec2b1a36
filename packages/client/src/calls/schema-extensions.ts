/** The SCIM schemas that a directory declares for attributes of its own: see docs/schema-extensions.md. */
import type { List } from '../list.js';
import type { CallOptions, Send } from '../send.js';
import { path } from '../send.js';

/** RFC 7643 §7. */
export interface ScimAttribute {
  name: string;
  type: 'string' | 'boolean' | 'decimal' | 'integer' | 'dateTime' | 'reference' | 'binary' | 'complex';
  multiValued?: boolean;
  description?: string;
  required?: boolean;
  canonicalValues?: string[];
  caseExact?: boolean;
  mutability?: 'readOnly' | 'readWrite' | 'immutable' | 'writeOnly';
  returned?: 'always' | 'never' | 'default' | 'request';
  uniqueness?: 'none' | 'server' | 'global';
  referenceTypes?: string[];
  subAttributes?: ScimAttribute[];
}

export interface NewSchemaExtension {
  resource_type: 'User' | 'Group';
  name?: string;
  description?: string;
  attributes: ScimAttribute[];
}

export interface SchemaExtension {
  object: 'schema_extension';
  /** Its URN. */
  id: string;
  resource_type: 'User' | 'Group';
  name: string;
  description: string;
  attributes: ScimAttribute[];
}

export function schemaExtensions(send: Send) {
  return {
    list: (directoryId: string, how?: CallOptions) =>
      send<List<SchemaExtension>>('GET', path`/directories/${directoryId}/schema_extensions`, how),
    get: (directoryId: string, urn: string, how?: CallOptions) =>
      send<SchemaExtension>('GET', path`/directories/${directoryId}/schema_extensions/${urn}`, how),
    /** Declares it, or changes it as a whole. */
    put: (directoryId: string, urn: string, body: NewSchemaExtension, how?: CallOptions) =>
      send<SchemaExtension>('PUT', path`/directories/${directoryId}/schema_extensions/${urn}`, {
        ...how,
        body,
      }),
    delete: (directoryId: string, urn: string, how?: CallOptions) =>
      send<void>('DELETE', path`/directories/${directoryId}/schema_extensions/${urn}`, how),
  };
}
