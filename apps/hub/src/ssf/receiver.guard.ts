/** Who may manage streams: a receiver with its access token, or an operator with an API key who names the organization. RFC 6750 */
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { Clock } from '@app/runtime';
import { ReceiverClients, type ReceiverScope } from '@app/tenancy';
import { Operators } from './operators.js';
import { ReceiverPace } from './receiver-pace.js';
import type { Receiver } from './receiver.js';
import { insufficient, unauthorized } from './ssf-error.js';

export interface WithReceiver {
  receiver: Receiver;
}

/** The scope that a route takes; CAEP interoperability profile §2.7.3. */
export const Scope = Reflector.createDecorator<ReceiverScope>();

/** A route that is counted by itself. */
export const IsPoll = Reflector.createDecorator<true>();

@Injectable()
export class ReceiverGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly clients: ReceiverClients,
    private readonly operators: Operators,
    private readonly pace: ReceiverPace,
    private readonly clock: Clock,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest & Partial<WithReceiver>>();
    const token = /^bearer\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) throw unauthorized('The request has no bearer token.');
    request.receiver = token.startsWith('sk_')
      ? await this.operators.admitted(token, request)
      : await this.receiver(token, context);
    return true;
  }

  private async receiver(token: string, context: ExecutionContext): Promise<Receiver> {
    const scope = this.reflector.get(Scope, context.getHandler());
    const access = await this.clients.opened(token);
    if (!access) throw unauthorized('The access token is not known.', 'invalid_token');
    const { client, scopes, expiresAt } = access;
    if (expiresAt <= this.clock.now())
      throw unauthorized(`The access token expired at ${expiresAt.toISOString()}.`, 'invalid_token');
    const isPoll = this.reflector.get(IsPoll, context.getHandler()) === true;
    await this.pace.keep(client.id, isPoll ? 'polls' : 'requests');
    // Whoever may manage may read.
    if (!scopes.includes(scope) && !scopes.includes('ssf.manage')) throw insufficient(scope);
    return {
      organizationId: client.organizationId,
      clientId: client.id,
      audience: client.audience ?? client.id,
    };
  }
}
