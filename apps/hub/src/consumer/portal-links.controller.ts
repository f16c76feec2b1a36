/** `POST /portal/generate_link`: a link for an administrator of a customer, into the page of their organization. */
import { Body, Controller, Post, Req, UseGuards } from '@nestjs/common';
import {
  Allow,
  ArrayMaxSize,
  IsArray,
  IsEmail,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  MaxLength,
} from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { PORTAL_INTENTS, PortalLinks, type PortalIntent } from '@app/tenancy';
import { HubSettings } from '../hub-settings.js';
import { answerUntil } from '../idempotency/claimed-request.js';
import { notFound } from './api-error.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { invalid } from './validation.js';

const EMAILS_AT_MOST = 20;
const URL_MOST = 2_000;

export class PortalLinkBody {
  @IsString()
  @IsNotEmpty()
  organization: string;

  @IsOptional()
  @IsString()
  intent?: string;

  @IsOptional()
  @IsString()
  @MaxLength(URL_MOST)
  return_url?: string;

  @IsOptional()
  @IsString()
  @MaxLength(URL_MOST)
  success_url?: string;

  /** Of intents that there are none of here; SDKs send it. */
  @IsOptional()
  @IsObject()
  @Allow()
  intent_options?: object;

  /** As Node's SDK says it. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(EMAILS_AT_MOST)
  @IsEmail({}, { each: true })
  admin_emails?: string[];

  /** As the other SDKs do. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(EMAILS_AT_MOST)
  @IsEmail({}, { each: true })
  it_contact_emails?: string[];
}

@Controller('portal/generate_link')
@UseGuards(ApiKeyGuard)
export class PortalLinksController {
  constructor(
    private readonly links: PortalLinks,
    private readonly settings: HubSettings,
  ) {}

  /** Good for one start within five minutes. A repeated request gets the same link only as long as that one is good. */
  @Post()
  async generate(@Body() body: PortalLinkBody, @Req() request: FastifyRequest): Promise<object> {
    const intent = body.intent ?? 'dsync';
    requireIntents([intent], 'intent');
    const emails = [...new Set([...(body.admin_emails ?? []), ...(body.it_contact_emails ?? [])])];
    if (emails.length > EMAILS_AT_MOST) {
      const message = `there may be at most ${EMAILS_AT_MOST} e-mail addresses`;
      throw invalid([{ field: 'admin_emails', code: 'too_many', message }]);
    }
    const issued = await this.links.issue({
      organizationId: body.organization,
      intent: intent as PortalIntent,
      returnUrl: pageAddress(body.return_url, 'return_url'),
      successUrl: pageAddress(body.success_url, 'success_url'),
      emails,
    });
    if (!issued) throw notFound('Organization', body.organization);
    answerUntil(request, issued.expiresAt);
    return { link: `${this.settings.publicUrl}/portal?token=${issued.token}` };
  }
}

/** @throws ApiError 422 that names what there is */
export function requireIntents(intents: readonly string[], field: string): void {
  const unknown = intents.find((intent) => !(PORTAL_INTENTS as readonly string[]).includes(intent));
  if (unknown === undefined) return;
  const message = `'${unknown.slice(0, 100)}' is not an intent of this portal; there are ${PORTAL_INTENTS.join(' and ')}`;
  throw invalid([{ field, code: 'unsupported_intent', message }]);
}

/** People click on it, so it can be nothing but a page. */
function pageAddress(text: string | undefined, field: string): string | null {
  if (!text) return null;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && ['http:', 'https:'].includes(url.protocol) && !url.username && !url.password) return url.href;
  const message = `${field} must be the address of a page, such as https://app.example.com/settings`;
  throw invalid([{ field, code: 'invalid_url', message }]);
}
