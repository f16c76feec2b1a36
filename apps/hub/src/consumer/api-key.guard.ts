import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ApiKeys, hashOf } from '@app/tenancy';
import { ApiError } from './api-error.js';

/** A request that was let in: decisions of people are kept with the key that they used. */
export interface KeyedRequest extends FastifyRequest {
  apiKeyId?: string;
}

/** Lets in who shows an API key: `Authorization: Bearer sk_…`. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(private readonly keys: ApiKeys) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<KeyedRequest>();
    const key = /^bearer\s+(sk_\S+)\s*$/i.exec(request.headers.authorization ?? '')?.[1];
    const id = key && (await this.keys.idOf(hashOf(key)));
    if (id) {
      request.apiKeyId = id;
      return true;
    }
    throw new ApiError(
      401,
      'unauthorized',
      'Unauthorized. Send "Authorization: Bearer sk_…" with a valid API key.',
    );
  }
}
