import { Module } from '@nestjs/common';
import { AccessTokens } from './access-tokens.js';
import { ApiKeys } from './api-keys.js';
import { ClientCredentials } from './client-credentials.js';
import { CustomerKeys } from './customer-keys.js';
import { DestinationSecrets } from './destination-secrets.js';
import { Destinations } from './destinations.js';
import { Directories } from './directories.js';
import { DirectoryTokens } from './directory-tokens.js';
import { ItContacts } from './it-contacts.js';
import { FeedTokens } from './feed-tokens.js';
import { OAuthClients } from './oauth-clients.js';
import { OrganizationDomains } from './organization-domains.js';
import { Organizations } from './organizations.js';
import { PortalLinks } from './portal-links.js';
import { ReceiverClients } from './receiver-clients.js';
import { SigningKeyRotation } from './signing-key-rotation.js';
import { SigningKeys } from './signing-keys.js';

const ROWS_THAT_PEOPLE_EDIT = [
  AccessTokens,
  ApiKeys,
  ClientCredentials,
  CustomerKeys,
  DestinationSecrets,
  Destinations,
  Directories,
  DirectoryTokens,
  ItContacts,
  FeedTokens,
  OAuthClients,
  OrganizationDomains,
  Organizations,
  PortalLinks,
  ReceiverClients,
  SigningKeyRotation,
  SigningKeys,
];

@Module({ providers: ROWS_THAT_PEOPLE_EDIT, exports: ROWS_THAT_PEOPLE_EDIT })
export class TenancyModule {}
