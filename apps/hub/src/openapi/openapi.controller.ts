/** `GET /openapi.json`, and at `/docs` the same for people: open to everybody, as the software is. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { Controller, Get, Injectable, Param, Res } from '@nestjs/common';
import { ApiExcludeEndpoint, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { notFound } from '../consumer/api-error.js';
import { STYLE } from './page-style.js';
import { MARK, PAGE, POLICY, START } from './page.js';

/** The document, made when somebody asks for it for the first time. */
@Injectable()
export class ApiDescription {
  private make: () => OpenAPIObject = () => {
    throw new Error('the hub has not started yet');
  };
  private made: OpenAPIObject | undefined;

  /** @param make once every route is there. */
  madeBy(make: () => OpenAPIObject): void {
    this.make = make;
  }

  get document(): OpenAPIObject {
    return (this.made ??= this.make());
  }
}

/** Of Swagger UI. */
const STATIC: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

/** Of our own. */
const MADE: Readonly<Record<string, readonly [type: string, text: string]>> = {
  'start.js': ['text/javascript; charset=utf-8', START],
  'page.css': ['text/css; charset=utf-8', STYLE],
  'mark.svg': ['image/svg+xml', MARK],
};

@Controller()
export class OpenApiController {
  constructor(private readonly description: ApiDescription) {}

  /** This document. */
  @Get('openapi.json')
  document(): object {
    return this.description.document;
  }

  @ApiExcludeEndpoint()
  @Get('docs')
  page(@Res({ passthrough: true }) reply: FastifyReply): string {
    dressed(reply).type('text/html; charset=utf-8');
    return PAGE;
  }

  @ApiExcludeEndpoint()
  @Get('docs/:file')
  async asset(
    @Param('file') file: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer | string> {
    const made = Object.hasOwn(MADE, file) ? MADE[file] : undefined;
    if (made) {
      dressed(reply).type(made[0]);
      return made[1];
    }
    const type = Object.hasOwn(STATIC, file) ? STATIC[file] : undefined;
    if (type === undefined) throw notFound('File', file);
    dressed(reply).type(type).header('cache-control', 'public, max-age=3600');
    return readFile(join(ASSETS, file));
  }
}

const ASSETS = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

function dressed(reply: FastifyReply): FastifyReply {
  return reply
    .header('content-security-policy', POLICY)
    .header('x-content-type-options', 'nosniff')
    .header('referrer-policy', 'no-referrer');
}
