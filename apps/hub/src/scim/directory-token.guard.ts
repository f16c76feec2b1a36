/** Says of a controller that it serves a directory: nobody comes to it without a bearer token. */
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Admission, type Admitted } from '../access/admission.js';
import type { RequestNotes } from './request-notes.js';

export interface ScimRequest extends FastifyRequest, Admitted {
  /** There once somebody has noted something. */
  notes?: RequestNotes;
}

@Injectable()
export class DirectoryTokenGuard implements CanActivate {
  constructor(private readonly admission: Admission) {}

  /** As a rule the request was admitted when its headers came in; a controller outside /scim/ would be served here. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    await this.admission.admit(context.switchToHttp().getRequest<ScimRequest>());
    return true;
  }
}
