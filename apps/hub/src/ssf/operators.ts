/** Operators, who show an API key and name the organization whose streams they mean. */
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ApiKeys, hashOf, Organizations } from '@app/tenancy';
import { textOf, type Query } from '../consumer/query.js';
import type { Receiver } from './receiver.js';
import { badRequest, unauthorized } from './ssf-error.js';

@Injectable()
export class Operators {
  constructor(
    private readonly keys: ApiKeys,
    private readonly organizations: Organizations,
  ) {}

  /** @throws ApiError 401 for a key that is none, 400 without an organization */
  async admitted(key: string, { query, body }: FastifyRequest): Promise<Receiver> {
    if (!(await this.keys.known(hashOf(key))))
      throw unauthorized('The API key is not known.', 'invalid_token');
    const inBody = (body as { organization_id?: unknown } | null | undefined)?.organization_id;
    const organizationId = inBody ?? textOf(query as Query, 'organization_id');
    if (typeof organizationId !== 'string')
      throw badRequest('organization_id is needed with an API key: whose streams are meant?');
    if (!(await this.organizations.find(organizationId)))
      throw badRequest('organization_id names no organization.');
    return { organizationId, clientId: null, audience: organizationId };
  }
}
