/** The people of a customer's IT department. Rollcall writes no e-mail: what it keeps of them is for the application to use. */
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Req, UseGuards } from '@nestjs/common';
import { ArrayMaxSize, IsArray, IsEmail, IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { ItContacts, Organizations, type ItContact } from '@app/tenancy';
import { notFound } from './api-error.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { list, pageOf, type Query as QueryParameters } from './query.js';
import { requireNoFields } from './validation.js';

/** Those that WorkOS has; which of them a link can be for here is asked when it is made. */
const INTENTS = [
  'sso',
  'dsync',
  'audit_logs',
  'log_streams',
  'domain_verification',
  'certificate_renewal',
  'bring_your_own_key',
];

export class NewItContact {
  // RFC 5321 §4.5.3.1: 64 before the sign, 255 behind it.
  @IsString()
  @MaxLength(320)
  @IsEmail()
  email: string;
}

export class InvitationBody {
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(INTENTS.length)
  @IsIn(INTENTS, { each: true })
  intents?: string[];
}

@Controller('organizations/:organizationId/it_contacts')
@UseGuards(ApiKeyGuard)
export class ItContactsController {
  constructor(
    private readonly organizations: Organizations,
    private readonly contacts: ItContacts,
  ) {}

  @Get()
  async list(
    @Param('organizationId') organizationId: string,
    @Query() query: QueryParameters,
  ): Promise<object> {
    const page = pageOf(query);
    await this.requireOrganization(organizationId);
    const { data, before, after } = await this.contacts.list(organizationId, page);
    return list(data.map(shown), { before, after });
  }

  @Post()
  async create(@Param('organizationId') organizationId: string, @Body() body: NewItContact): Promise<object> {
    const contact = await this.contacts.create(organizationId, body.email);
    if (!contact) throw notFound('Organization', organizationId);
    return shown(contact);
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@Param('organizationId') organizationId: string, @Param('id') id: string): Promise<void> {
    await this.requireOrganization(organizationId);
    if (!(await this.contacts.remove(organizationId, id))) throw notFound('IT contact', id);
  }

  /** Nobody is written to: the application sends a portal link itself. Answered as software written for WorkOS expects. */
  @Post(':id/invite')
  @HttpCode(204)
  async invite(
    @Param('organizationId') organizationId: string,
    @Param('id') id: string,
    @Body() _body: InvitationBody,
  ): Promise<void> {
    await this.requireContact(organizationId, id);
  }

  /** There is no invitation to take back: links end by themselves. */
  @Post(':id/revoke')
  @HttpCode(204)
  async revoke(
    @Param('organizationId') organizationId: string,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    requireNoFields(request.body);
    await this.requireContact(organizationId, id);
  }

  private async requireOrganization(id: string): Promise<void> {
    if (!(await this.organizations.find(id))) throw notFound('Organization', id);
  }

  private async requireContact(organizationId: string, id: string): Promise<void> {
    await this.requireOrganization(organizationId);
    if (!(await this.contacts.find(organizationId, id))) throw notFound('IT contact', id);
  }
}

function shown({ id, email, createdAt, updatedAt }: ItContact): object {
  return {
    object: 'it_contact',
    id,
    email,
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  };
}
