import type { Protocol } from '@app/delivery';
import { REVOCATION_PROTOCOLS } from '@app/revocation';
import { webhook } from '@app/webhooks';
import { ApiError } from './consumer/api-error.js';

/** Every way of telling somebody that this installation knows, by name. */
export const PROTOCOLS: ReadonlyMap<string, Protocol> = new Map(
  [webhook as Protocol, ...REVOCATION_PROTOCOLS].map((protocol) => [protocol.name, protocol]),
);

export function unknownProtocol(name: string): ApiError {
  const message = `protocol must be one of ${[...PROTOCOLS.keys()].join(', ')}, not '${name}'`;
  return new ApiError(422, 'unknown_protocol', `${message}.`, [
    { field: 'protocol', code: 'unknown_protocol', message },
  ]);
}
