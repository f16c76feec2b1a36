/** What this server can do, made from the same schemas that validate: RFC 7644 §4. */
import { Controller, Get, Param, Req, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import {
  MAX_BULK_OPERATIONS,
  resourceType,
  resourceTypes,
  schema,
  schemas,
  ScimError,
  serviceProviderConfig,
  type Json,
} from '@app/scim';
import { HubSettings } from '../hub-settings.js';
import { shapesOf } from './directory-shapes.js';
import { DirectoryTokenGuard, type ScimRequest } from './directory-token.guard.js';
import { PAGING } from './paging.js';
import { queryOf, scimPaths, ScimRequests } from './scim-request.js';

@ApiExcludeController()
@Controller(scimPaths(''))
@UseGuards(DirectoryTokenGuard)
export class DiscoveryController {
  constructor(
    private readonly requests: ScimRequests,
    private readonly settings: HubSettings,
  ) {}

  @Get('ServiceProviderConfig')
  serviceProviderConfig(@Req() request: ScimRequest): Json {
    refuseFilter(request);
    return serviceProviderConfig(this.requests.baseUrl(request), {
      maxResults: PAGING.maxCount,
      bulk: {
        maxOperations: MAX_BULK_OPERATIONS,
        maxPayloadSizeInBytes: this.settings.scimBodyLimitInBytes,
      },
      pagination: { defaultPageSize: PAGING.defaultCount, maxPageSize: PAGING.maxCount },
      sort: true,
      etag: true,
    }) as unknown as Json;
  }

  @Get('ResourceTypes')
  resourceTypes(@Req() request: ScimRequest): Json {
    refuseFilter(request);
    return resourceTypes(this.requests.baseUrl(request), shapesOf(request.directory)) as unknown as Json;
  }

  @Get('ResourceTypes/:id')
  resourceType(@Req() request: ScimRequest, @Param('id') id: string): Json {
    refuseFilter(request);
    return found(
      resourceType(this.requests.baseUrl(request), id, shapesOf(request.directory)),
      `resource type ${id}`,
      'ResourceTypes',
    );
  }

  @Get('Schemas')
  schemas(@Req() request: ScimRequest): Json {
    refuseFilter(request);
    return schemas(this.requests.baseUrl(request), shapesOf(request.directory)) as unknown as Json;
  }

  @Get('Schemas/:id')
  schema(@Req() request: ScimRequest, @Param('id') id: string): Json {
    refuseFilter(request);
    return found(
      schema(this.requests.baseUrl(request), id, shapesOf(request.directory)),
      `schema ${id}`,
      'Schemas',
    );
  }
}

/** RFC 7644 §4: whoever filters these could take what it finds for all there is. Other parameters are passed over. */
function refuseFilter(request: ScimRequest): void {
  if (queryOf(request)['filter'] === undefined) return;
  throw new ScimError(403, 'This endpoint cannot be filtered. Read all of it, without a filter.');
}

function found(document: object | undefined, what: string, list: string): Json {
  if (!document) throw new ScimError(404, `There is no ${what}. GET ${list} lists all there are.`);
  return document as Json;
}
