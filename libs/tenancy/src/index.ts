export { AccessTokens } from './access-tokens.js';
export { ApiKeys, LastApiKey } from './api-keys.js';
export { ClientCredentials, type ClientChange, type MadeClient } from './client-credentials.js';
export { hashOf } from './credentials.js';
export { CustomerKeys, isOver, type NewCustomerKey } from './customer-keys.js';
export { DestinationSecrets, LastSecret, type NewSecret, type OpenedSecret } from './destination-secrets.js';
export { Destinations, type DestinationChange, type NewDestination } from './destinations.js';
export { Directories, GENERIC_DIRECTORY, type DirectoryChange, type NewDirectory } from './directories.js';
export { DirectoryTokens, type MadeToken, type OpenedDirectory } from './directory-tokens.js';
export {
  Destination,
  Directory,
  DirectoryToken,
  PERMISSIONS,
  TENANCY_ENTITIES,
  type DestinationState,
  type ApiKey,
  type LeavingSettings,
  type Permission,
  type SchemaExtension,
} from './entities.js';
export { domainName } from './domain-name.js';
export { ContactTaken, ItContacts } from './it-contacts.js';
export { FeedToken, FeedTokens, type NewFeedToken } from './feed-tokens.js';
export { LimitReached } from './limit-reached.js';
export { OAuthClients } from './oauth-clients.js';
export {
  AUTHENTICATION_METHODS,
  OAuthClient,
  OAuthClientSecret,
  RECEIVER_SCOPES,
  ReceiverClient,
  type AuthenticationMethod,
  type Client,
  type ClientKind,
  type PublicKeys,
  type ReceiverScope,
} from './oauth-entities.js';
export {
  DomainTaken,
  DOMAINS_OF_AN_ORGANIZATION_AT_MOST,
  OrganizationDomains,
  type NewDomain,
} from './organization-domains.js';
export { CustomerKey, ItContact, Organization, OrganizationDomain } from './organization-entities.js';
export {
  OrganizationIdTaken,
  OrganizationInUse,
  Organizations,
  type OrganizationSettings,
} from './organizations.js';
export type { Page, PageRequest } from './page.js';
export {
  LINK_LIFE_IN_SECONDS,
  PORTAL_INTENTS,
  PortalLinks,
  SESSION_LIFE_IN_SECONDS,
  type PortalIntent,
  type PortalSession,
} from './portal-links.js';
export { ReceiverClients, type ReceiverAccess } from './receiver-clients.js';
export { SECRET_KINDS, type SecretKind } from './secret-entities.js';
export {
  changedDefaultRoles,
  directoriesWithoutMapping,
  findRoleMapping,
  saveRoleMapping,
  type MappingOwner,
  type StoredRoleMapping,
} from './role-mappings.js';
export type { ServedDestination } from './served.js';
export {
  DEFAULT_SIGNING_ALGORITHM,
  SIGNING_ALGORITHMS,
  type SigningAlgorithm,
} from './signing-algorithms.js';
export { LastSigningKey, RotationUnderWay, SigningKeyRotation } from './signing-key-rotation.js';
export { stateOf, type SigningKey, type SigningKeyState } from './signing-key-rows.js';
export { SigningKeys, type SigningOptions } from './signing-keys.js';
export type { Issued, SpentAssertion } from './spent-assertions.js';
export { TenancyModule } from './tenancy.module.js';
