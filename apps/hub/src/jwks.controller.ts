import { createHash } from 'node:crypto';
import { Controller, Get, Headers, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { SigningKeys } from '@app/tenancy';

/** A minute less than the usual lead of a new key: whoever has an old copy when it begins to sign has none any more. */
const JWKS_LIFE_IN_SECONDS = 240;

/** The public halves of the keys that Rollcall signs with: RFC 7517. */
@Controller('.well-known')
export class JwksController {
  constructor(private readonly keys: SigningKeys) {}

  @Get('jwks.json')
  async jwks(
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    return sent(await this.keys.jwks(), known, reply);
  }

  /** Also of those that sign nothing more, for auditors; what is verified today needs the short list only. */
  @Get('jwks-history.json')
  async history(
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    return sent(await this.keys.history(), known, reply);
  }
}

function sent(keys: object, known: string | undefined, reply: FastifyReply): string | undefined {
  const text = JSON.stringify(keys);
  const tag = `"${createHash('sha256').update(text).digest('base64url')}"`;
  reply.header('etag', tag).header('cache-control', `public, max-age=${JWKS_LIFE_IN_SECONDS}`);
  if (known !== undefined && names(known, tag)) {
    reply.status(304);
    return undefined;
  }
  reply.type('application/json; charset=utf-8');
  return text;
}

/** RFC 9110 §13.1.2: compared weakly. */
function names(header: string, tag: string): boolean {
  return header.split(',').some((each) => ['*', tag, `W/${tag}`].includes(each.trim()));
}
