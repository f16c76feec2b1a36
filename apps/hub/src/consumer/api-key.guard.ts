import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ApiKeys, hashOf } from '@app/tenancy';
import { ApiError } from './api-error.js';

/** Lets in who shows an API key: `Authorization: Bearer sk_…`. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(private readonly keys: ApiKeys) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    const key = /^bearer\s+(sk_\S+)\s*$/i.exec(headers.authorization ?? '')?.[1];
    if (key && (await this.keys.idOf(hashOf(key)))) return true;
    throw new ApiError(
      401,
      'unauthorized',
      'Unauthorized. Send "Authorization: Bearer sk_…" with a valid API key.',
    );
  }
}
