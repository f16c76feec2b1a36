// What a service says about itself to callers of SCIM 1.1, from the same data that the parser reads by: draft-scim-core-schema-01 §9 and §10.
import { serviceProviderConfig, type Capabilities } from '../presentation/discovery.js';
import { listResponse, type ListResponse } from '../presentation/page.js';
import { attribute, type AttributeDefinition } from '../schema/definition.js';
import { ENTERPRISE_URN } from '../schema/enterprise.js';
import { shapeOf, type Described } from '../schema/lookup.js';
import { CORE_URN_V1, MANAGER_ID, urnInV1 } from './names.js';
import { listResponseV1 } from './present.js';

export type ServiceProviderConfigV1 = ReturnType<typeof serviceProviderConfigV1>;

/** The answer of /ServiceProviderConfigs. Bulk and XML are not spoken here. */
export function serviceProviderConfigV1(baseUrl: string, capabilities: Omit<Capabilities, 'bulk'>) {
  const { documentationUri, patch, filter, changePassword, sort, etag, authenticationSchemes } = {
    documentationUri: undefined,
    ...serviceProviderConfig(baseUrl, capabilities),
  };
  return {
    schemas: [CORE_URN_V1],
    ...(documentationUri === undefined ? {} : { documentationUrl: documentationUri }),
    patch,
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter,
    changePassword,
    sort,
    etag,
    xmlDataFormat: { supported: false },
    authenticationSchemes: authenticationSchemes.map(({ specUri, ...scheme }) => ({
      ...scheme,
      specUrl: specUri,
    })),
    meta: { location: `${baseUrl}/ServiceProviderConfigs` },
  };
}

/** An attribute with the characteristics that 1.1 has words for. */
export type AttributeV1 = {
  name: string;
  type: string;
  multiValued: boolean;
  multiValuedAttributeChildName?: string;
  description: string;
  /** Not on sub-attributes. */
  schema?: string;
  readOnly: boolean;
  required: boolean;
  caseExact: boolean;
  canonicalValues?: string[];
  subAttributes?: AttributeV1[];
};

export type SchemaV1 = {
  schemas: string[];
  id: string;
  name: string;
  description: string;
  schema: string;
  endpoint: string;
  attributes: AttributeV1[];
  meta: { location: string };
};

/** The answer of /Schemas. 1.1 has one schema for each type of resource, and each attribute names the schema that it comes from. */
export function schemasV1(
  baseUrl: string,
  types: readonly Described[] = ['User', 'Group'],
): ListResponse<SchemaV1> {
  const all = types.map((type) => describeSchema(type, baseUrl));
  return listResponseV1(listResponse(all, { totalResults: all.length, startIndex: 1 }));
}

/** The answer of /Schemas/{name}: by endpoint (Users), name (User) or id, in any case; undefined when there is no such schema. */
export function schemaV1(
  baseUrl: string,
  wanted: string,
  types?: readonly Described[],
): SchemaV1 | undefined {
  const lower = wanted.toLowerCase();
  return schemasV1(baseUrl, types).Resources.find(({ id, name, endpoint }) =>
    [id, name, endpoint.slice(1)].some((known) => known.toLowerCase() === lower),
  );
}

function describeSchema(described: Described, baseUrl: string): SchemaV1 {
  const { type, schema, attributes, extensions } = shapeOf(described);
  const own = attributes.filter(({ name }) => name !== 'schemas').map((each) => describe(each, CORE_URN_V1));
  const more = extensions.flatMap(({ id, attributes: others }) =>
    others.map((each) => describe(id === ENTERPRISE_URN ? managerInV1(each) : each, urnInV1(id))),
  );
  return {
    schemas: [CORE_URN_V1],
    id: `${CORE_URN_V1}:${type}`,
    name: type,
    description: schema.description,
    schema: CORE_URN_V1,
    endpoint: `/${type}s`,
    attributes: [...own, ...more],
    meta: { location: `${baseUrl}/Schemas/${type}s` },
  };
}

function describe(definition: AttributeDefinition, schema?: string): AttributeV1 {
  const { name, type, multiValued, description, mutability, required, caseExact, canonicalValues } =
    definition;
  const subAttributes = subAttributesInV1(definition)?.map((sub) => describe(sub));
  return {
    name,
    // References are texts to 1.1.
    type: type === 'reference' ? 'string' : type,
    multiValued,
    ...(multiValued ? { multiValuedAttributeChildName: singular(name) } : {}),
    description,
    ...(schema === undefined ? {} : { schema }),
    readOnly: mutability === 'readOnly',
    required,
    caseExact,
    ...(canonicalValues ? { canonicalValues } : {}),
    ...(subAttributes ? { subAttributes } : {}),
  };
}

const OPERATION = attribute('operation', 'Says "delete" of a value that a PATCH takes away.', {
  canonicalValues: ['delete'],
});
const REMOVED_ATTRIBUTES = attribute('attributes', 'The names of the attributes that a PATCH removes.', {
  multiValued: true,
});

function subAttributesInV1({ name, multiValued, mutability, subAttributes }: AttributeDefinition) {
  if (name === 'meta')
    return [...(subAttributes ?? []).filter((sub) => sub.name !== 'resourceType'), REMOVED_ATTRIBUTES];
  if (!subAttributes || !multiValued) return subAttributes;
  const known = subAttributes.filter((sub) => sub.name !== '$ref');
  return mutability === 'readOnly' ? known : [...known, OPERATION];
}

function managerInV1(definition: AttributeDefinition): AttributeDefinition {
  if (definition.name !== 'manager' || !definition.subAttributes) return definition;
  const subAttributes = definition.subAttributes.map((sub) =>
    sub.name === 'value' ? { ...sub, name: MANAGER_ID } : sub,
  );
  return { ...definition, subAttributes };
}

/** What 1.1 calls one value of a list in XML: emails, email; addresses, address. */
function singular(name: string): string {
  return name.replace(/(ss)es$|s$/, '$1');
}
