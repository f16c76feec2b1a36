/** `GET /openapi.json`, and at `/docs` the same for people: open to everybody, as the software is. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { Controller, Get, Injectable, Param, Res } from '@nestjs/common';
import { ApiExcludeEndpoint, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { notFound } from '../consumer/api-error.js';

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

const STATIC: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Rollcall API</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
    <link rel="icon" type="image/png" href="/docs/favicon-32x32.png" />
  </head>
  <body>
    <main id="api"></main>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#api', deepLinking: true, docExpansion: 'none', filter: true });\n`;

// The page loads nothing from elsewhere and speaks to this hub only. Swagger UI sets styles of its own.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

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
  @Get('docs/start.js')
  start(@Res({ passthrough: true }) reply: FastifyReply): string {
    dressed(reply).type('text/javascript; charset=utf-8');
    return START;
  }

  @ApiExcludeEndpoint()
  @Get('docs/:file')
  async asset(@Param('file') file: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
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
