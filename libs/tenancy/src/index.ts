export { AccessTokens, type Issued, type SpentAssertion } from './access-tokens.js';
export { ApiKeys } from './api-keys.js';
export { hashOf } from './credentials.js';
export { DestinationSecrets, LastSecret, type NewSecret, type OpenedSecret } from './destination-secrets.js';
export { Destinations, type DestinationChange, type NewDestination } from './destinations.js';
export { Directories, GENERIC_DIRECTORY, type DirectoryChange, type NewDirectory } from './directories.js';
export { DirectoryTokens, type MadeToken, type OpenedDirectory } from './directory-tokens.js';
export {
  Destination,
  Directory,
  DirectoryToken,
  Organization,
  TENANCY_ENTITIES,
  type DestinationState,
  type ApiKey,
  type LeavingSettings,
  type Permission,
  type SchemaExtension,
} from './entities.js';
export { LimitReached } from './limit-reached.js';
export {
  OAuthClients,
  type KnownOAuthClient,
  type MadeOAuthClient,
  type OAuthClientChange,
} from './oauth-clients.js';
export {
  AUTHENTICATION_METHODS,
  OAuthClient,
  OAuthClientSecret,
  type AuthenticationMethod,
  type PublicKeys,
} from './oauth-entities.js';
export { Organizations } from './organizations.js';
export type { Page, PageRequest } from './page.js';
export { SECRET_KINDS, type SecretKind } from './secret-entities.js';
export { SigningKeys } from './signing-keys.js';
export { TenancyModule } from './tenancy.module.js';
