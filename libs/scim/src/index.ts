// The language: what SCIM requests mean and what SCIM answers look like. Pure.
export { createdFrom, replacedBy } from './body/desire.js';
export { parseResource, type ParsedBody } from './body/parse.js';
export { unitsOf } from './bulk/order.js';
export { bulkIdFailed, planBulk, type PlannedOperation, type Resolved } from './bulk/plan.js';
export { parseBulk, type BulkOperation, type BulkRequest } from './bulk/request.js';
export { bulkResponse, type BulkResponse, type BulkResult } from './bulk/response.js';
export { dialectOf, type Dialect } from './dialects/index.js';
export { ERROR_URN, ScimError, scimErrorBody, type ScimErrorBody, type ScimType } from './errors.js';
export type { Compare, Comparison, Filter, Operator } from './filter/filter.js';
export { matches } from './filter/match.js';
export { parseFilter } from './filter/parse.js';
export { printFilter } from './filter/print.js';
export { readFilter, type ReadFilter } from './filter/read.js';
export { difference, equal, isObject, type Attributes, type Json, type ResourceType } from './json.js';
export {
  MAX_BULK_OPERATIONS,
  MAX_COMPARISONS,
  MAX_DECLARED_ATTRIBUTES,
  MAX_DECLARED_SCHEMAS,
  MAX_FILTER_CHARACTERS,
  MAX_FILTER_DEPTH,
  MAX_FILTER_EXPRESSIONS,
  MAX_IGNORED_NAMES,
  MAX_KEY_CHARACTERS,
  MAX_MEMBERS,
  MAX_OPERATIONS,
  MAX_STRING_CHARACTERS,
  MAX_VALUES,
} from './limits.js';
export type { MembershipStep } from './patch/membership.js';
export { parsePatch, type ParsedPatch } from './patch/parse.js';
export { definitionOf, printPath, resolvePath, type AttributePath, type ResolvedPath } from './path.js';
export {
  resourceType,
  resourceTypes,
  schema,
  schemas,
  serviceProviderConfig,
  type Capabilities,
  type PaginationCapabilities,
  type ResourceTypeResource,
  type SchemaResource,
  type ServiceProviderConfig,
} from './presentation/discovery.js';
export { entityTag, readEntityTags, type VersionTest } from './presentation/entity-tag.js';
export {
  LIST_RESPONSE_URN,
  listResponse,
  parsePaging,
  type ListResponse,
  type Paging,
} from './presentation/page.js';
export {
  locationOf,
  present,
  type GroupOfUser,
  type Member,
  type PresentOptions,
  type StoredResource,
} from './presentation/present.js';
export { parseProjection, wantsAttribute, type Projection } from './presentation/projection.js';
export { InvalidSchema, readSchemaExtension, sameKind, type SchemaProblem } from './schema/declared.js';
export {
  cursorResponse,
  parseCursorPaging,
  type CursorListResponse,
  type CursorPaging,
} from './query/cursor.js';
export { parseSearchRequest, SEARCH_REQUEST_URN, type SearchRequest } from './query/search-request.js';
export { parseSort, type Sort, type SortOrder } from './query/sort.js';
export type { AttributeDefinition, SchemaDefinition } from './schema/definition.js';
export { ENTERPRISE_SCHEMA, ENTERPRISE_URN } from './schema/enterprise.js';
export { GROUP_SCHEMA, GROUP_URN } from './schema/group.js';
export { extendedShape, shapeOf, type Described, type Shape } from './schema/lookup.js';
export { USER_SCHEMA, USER_URN } from './schema/user.js';
export {
  schemaV1,
  schemasV1,
  serviceProviderConfigV1,
  type ServiceProviderConfigV1,
} from './v1/discovery.js';
export { CORE_URN_V1, ENTERPRISE_URN_V1 } from './v1/names.js';
export { parsePatchV1 } from './v1/patch.js';
export { errorBodyV1, listResponseV1, presentV1, type ErrorBodyV1 } from './v1/present.js';
export { queryFromV1 } from './v1/query.js';
export { resourceFromV1 } from './v1/resource.js';
export { readValuePath, valuesAtPath, type ValuePath } from './value-path.js';
