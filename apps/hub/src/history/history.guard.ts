/**
 * Lets in who may read history. It shows more than an application needs that keeps itself up to date: people who are gone, values of long ago
 * that the feed does not hand out any more, what consumers were never told of, and whose token said so.
 */
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ApiKeyGuard, requirePermission, type WithApiKey } from '../consumer/api-key.guard.js';

@Injectable()
export class HistoryGuard implements CanActivate {
  constructor(private readonly keys: ApiKeyGuard) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    await this.keys.canActivate(context);
    mayReadHistory(context.switchToHttp().getRequest<FastifyRequest & WithApiKey>());
    return true;
  }
}

/** @throws ApiError 403 */
export function mayReadHistory(request: WithApiKey): void {
  requirePermission(request, 'history:read');
}
