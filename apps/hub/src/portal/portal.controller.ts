/** `GET /portal`: what a link opens. The token is gone from the address before anything is shown. */
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PortalLinks, SESSION_LIFE_IN_SECONDS } from '@app/tenancy';
import { textOf, type Query as QueryParameters } from '../consumer/query.js';
import { HubSettings } from '../hub-settings.js';
import { closedPage, PORTAL_HEADERS, portalPage } from './page.js';
import { PortalContents } from './portal-contents.js';

const COOKIE = 'rollcall_portal';

@Controller('portal')
export class PortalController {
  constructor(
    private readonly links: PortalLinks,
    private readonly contents: PortalContents,
    private readonly settings: HubSettings,
  ) {}

  @Get()
  async open(
    @Query() query: QueryParameters,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const token = textOf(query, 'token');
    // Whoever asks for the head only would use the link up without seeing anything.
    if (token !== undefined && request.method === 'GET') return this.start(token, reply);
    const secret = cookieOf(request.headers.cookie);
    const session = secret === undefined ? undefined : await this.links.session(secret);
    const page = session && (await this.contents.of(session));
    this.send(reply, page ? 200 : 403, page ? portalPage(page) : closedPage());
  }

  private async start(token: string, reply: FastifyReply): Promise<void> {
    const secret = await this.links.start(token);
    if (secret === null) return this.send(reply, 403, closedPage());
    const { pathname, protocol } = new URL(`${this.settings.publicUrl}/portal`);
    // Lax, not Strict: the first page after a link in a mail would come without it.
    const attributes = `Path=${pathname}; Max-Age=${SESSION_LIFE_IN_SECONDS}; HttpOnly; SameSite=Lax`;
    void reply
      .headers({ ...PORTAL_HEADERS, location: `${this.settings.publicUrl}/portal` })
      .header('set-cookie', `${COOKIE}=${secret}; ${attributes}${protocol === 'https:' ? '; Secure' : ''}`)
      .status(303)
      .send('');
  }

  private send(reply: FastifyReply, status: number, page: string): void {
    void reply.headers(PORTAL_HEADERS).status(status).send(page);
  }
}

function cookieOf(header: string | undefined): string | undefined {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
}
