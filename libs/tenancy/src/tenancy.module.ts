import { Module } from '@nestjs/common';
import { AccessTokens } from './access-tokens.js';
import { ApiKeys } from './api-keys.js';
import { DestinationSecrets } from './destination-secrets.js';
import { Destinations } from './destinations.js';
import { Directories } from './directories.js';
import { DirectoryTokens } from './directory-tokens.js';
import { OAuthClients } from './oauth-clients.js';
import { Organizations } from './organizations.js';
import { SigningKeys } from './signing-keys.js';

const ROWS_THAT_PEOPLE_EDIT = [
  AccessTokens,
  ApiKeys,
  DestinationSecrets,
  Destinations,
  Directories,
  DirectoryTokens,
  OAuthClients,
  Organizations,
  SigningKeys,
];

@Module({ providers: ROWS_THAT_PEOPLE_EDIT, exports: ROWS_THAT_PEOPLE_EDIT })
export class TenancyModule {}
