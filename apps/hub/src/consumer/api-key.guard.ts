import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ApiKeys, hashOf, type ApiKey, type Permission } from '@app/tenancy';
import { Idempotency } from '../idempotency/idempotency.js';
import { ApiError } from './api-error.js';

/** What a request carries that was let in. */
export interface WithApiKey {
  apiKey: ApiKey;
}

/** Lets in who shows an API key: `Authorization: Bearer sk_…`. What was answered to this very request before is answered again. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly keys: ApiKeys,
    private readonly idempotency: Idempotency,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest & Partial<WithApiKey>>();
    const key = /^bearer\s+(sk_\S+)\s*$/i.exec(request.headers.authorization ?? '')?.[1];
    const known = key && (await this.keys.known(hashOf(key)));
    if (known) {
      request.apiKey = known;
      await this.idempotency.begin(request, known);
      return true;
    }
    throw new ApiError(
      401,
      'unauthorized',
      'Unauthorized. Send "Authorization: Bearer sk_…" with a valid API key.',
    );
  }
}

/** @throws ApiError 403 when the request's API key may not do so */
export function requirePermission({ apiKey }: WithApiKey, permission: Permission): void {
  if (apiKey.permissions.includes(permission)) return;
  throw new ApiError(
    403,
    'permission_missing',
    `This API key (${apiKey.id}) lacks the permission ${permission}. Use the operator's key (ROLLCALL_API_KEY).`,
  );
}
