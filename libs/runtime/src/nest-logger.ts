/** Nest's own messages, in the same log as everything else. */
import type { LoggerService } from '@nestjs/common';
import type { Observations } from './observations.js';

/** Warnings and errors pass; what Nest says at the start of every program (routes, modules) shows at level debug. */
export function nestLogger(observations: Observations): LoggerService {
  const fields = (message: unknown, rest: unknown[]): Record<string, unknown> => ({
    ...(message instanceof Error ? { error: message } : { message }),
    // Nest passes the stack, if any, before the name of the class that speaks.
    context: rest.at(-1),
    ...(rest.length > 1 ? { detail: rest.slice(0, -1) } : {}),
  });
  return {
    log: (message: unknown, ...rest: unknown[]) => observations.debug('nest', fields(message, rest)),
    debug: (message: unknown, ...rest: unknown[]) => observations.debug('nest', fields(message, rest)),
    verbose: (message: unknown, ...rest: unknown[]) => observations.debug('nest', fields(message, rest)),
    warn: (message: unknown, ...rest: unknown[]) => observations.warn('nest', fields(message, rest)),
    error: (message: unknown, ...rest: unknown[]) => observations.error('nest', fields(message, rest)),
    fatal: (message: unknown, ...rest: unknown[]) => observations.error('nest', fields(message, rest)),
  };
}
