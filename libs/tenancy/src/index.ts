export { ApiKeys } from './api-keys.js';
export { hashOf } from './credentials.js';
export { Destinations, type DestinationChange, type NewDestination } from './destinations.js';
export { Directories, GENERIC_DIRECTORY, type NewDirectory } from './directories.js';
export {
  Destination,
  Directory,
  Organization,
  TENANCY_ENTITIES,
  type DestinationState,
  type SchemaExtension,
} from './entities.js';
export { Organizations } from './organizations.js';
export type { Page, PageRequest } from './page.js';
export { SigningKeys } from './signing-keys.js';
export { TenancyModule } from './tenancy.module.js';
