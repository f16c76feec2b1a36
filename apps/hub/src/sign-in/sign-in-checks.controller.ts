/** `POST /sign_in_checks`: asked at each sign-in, so that nobody who has left comes in before a session ends. */
import { Body, Controller, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { publishedUser } from '@app/directory';
import { ApiKeyGuard } from '../consumer/api-key.guard.js';
import { askedOf, SignInCheckBody } from './sign-in-body.js';
import { SignIns, type SignIn } from './sign-ins.js';

@Controller('sign_in_checks')
@UseGuards(ApiKeyGuard)
export class SignInChecksController {
  constructor(private readonly signIns: SignIns) {}

  /** 200 whatever the decision is; who is turned away is no error. */
  @Post()
  @HttpCode(200)
  async check(@Body() body: SignInCheckBody, @Req() request: FastifyRequest): Promise<object> {
    return shown(await this.signIns.check(askedOf(body), request.id));
  }
}

function shown(signIn: SignIn): object {
  const user = 'user' in signIn ? signIn.user : null;
  return {
    object: 'sign_in_check',
    decision: signIn.decision,
    reason: signIn.reason,
    created: signIn.created ?? false,
    user:
      user && publishedUser(user, { directoryId: user.directoryId, organizationId: signIn.organizationId }),
    ...('candidates' in signIn ? { candidates: signIn.candidates } : {}),
  };
}
