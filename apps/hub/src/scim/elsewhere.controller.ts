/** What a directory's token finds where no other controller is: nothing, not this way, or what can be done there. */
import { All, Controller, Req, Res, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ScimError } from '@app/scim';
import { Routes } from '../http/routes.js';
import { pathOf } from '../http/server.js';
import { DirectoryTokenGuard, type ScimRequest } from './directory-token.guard.js';
import { MethodNotAllowed, NothingThere, PATH_TOO_LONG } from './scim-error.js';
import { scimPaths } from './scim-request.js';

@ApiExcludeController()
@Controller()
@UseGuards(DirectoryTokenGuard)
export class ElsewhereController {
  constructor(private readonly routes: Routes) {}

  /** RFC 7644 §3.11 lets a service answer 501: a directory's token speaks for an identity provider, and belongs to nobody in it. */
  @All(['Me', 'Me/*'].flatMap(scimPaths))
  me(): never {
    throw new ScimError(
      501,
      'There is no /Me: the token belongs to the identity provider and to no person. Name a person by id at /Users.',
    );
  }

  /** The router comes here when no route has the method: RFC 9110 §15.5.6 for a path that others have, §9.3.7 for OPTIONS. */
  @All(['scim/v2*', 'scim/v1*'])
  elsewhere(@Req() request: ScimRequest, @Res({ passthrough: true }) reply: FastifyReply): void {
    const there = this.routes.at(pathOf(request));
    if (!there) throw new NothingThere(request);
    // The router passes by a route of this very method when an id is longer than it reads.
    if (there.includes(request.method)) throw new ScimError(414, PATH_TOO_LONG);
    const methods = [...new Set([...there, 'OPTIONS'])].sort();
    if (request.method !== 'OPTIONS') throw new MethodNotAllowed(request, methods);
    reply.status(204).header('allow', methods.join(', '));
  }
}
