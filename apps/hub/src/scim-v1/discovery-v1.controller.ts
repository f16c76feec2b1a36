/** What this server can do, in SCIM 1.1's form and from the same schemas that validate: draft-scim-core-schema-01 §9 and §10. */
import { All, Controller, Get, Param, Req, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { schemasV1, schemaV1, ScimError, serviceProviderConfigV1, type Json } from '@app/scim';
import { shapesOf } from '../scim/directory-shapes.js';
import { DirectoryTokenGuard, type ScimRequest } from '../scim/directory-token.guard.js';
import { PAGING } from '../scim/paging.js';
import { scimV1Paths, ScimV1Requests } from './scim-v1-request.js';

@ApiExcludeController()
@Controller(scimV1Paths(''))
@UseGuards(DirectoryTokenGuard)
export class DiscoveryV1Controller {
  constructor(private readonly requests: ScimV1Requests) {}

  /** 1.1 has the plural; callers that know 2.0 too look for the singular. */
  @Get(['ServiceProviderConfigs', 'ServiceProviderConfig'])
  serviceProviderConfig(@Req() request: ScimRequest): Json {
    const baseUrl = this.requests.baseUrl(request);
    const can = { maxResults: PAGING.maxCount, sort: true, etag: true };
    return serviceProviderConfigV1(baseUrl, can) as unknown as Json;
  }

  @Get('Schemas')
  schemas(@Req() request: ScimRequest): Json {
    return schemasV1(this.requests.baseUrl(request), shapesOf(request.directory)) as unknown as Json;
  }

  @Get('Schemas/:name')
  schema(@Req() request: ScimRequest, @Param('name') name: string): Json {
    const schema = schemaV1(this.requests.baseUrl(request), name, shapesOf(request.directory));
    if (!schema)
      throw new ScimError(404, `There is no schema ${name}. There are Schemas/Users and Schemas/Groups.`);
    return schema as unknown as Json;
  }

  @All('Bulk')
  bulk(): never {
    throw new ScimError(
      501,
      'Bulk is not spoken in SCIM 1.1 here. Send the operations one by one, or use Bulk of SCIM 2.0 at /scim/v2.',
    );
  }
}
