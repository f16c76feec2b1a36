import { Module } from '@nestjs/common';
import { ApiKeys } from './api-keys.js';
import { Destinations } from './destinations.js';
import { Directories } from './directories.js';
import { Organizations } from './organizations.js';
import { SigningKeys } from './signing-keys.js';

const ROWS_THAT_PEOPLE_EDIT = [ApiKeys, Destinations, Directories, Organizations, SigningKeys];

@Module({ providers: ROWS_THAT_PEOPLE_EDIT, exports: ROWS_THAT_PEOPLE_EDIT })
export class TenancyModule {}
