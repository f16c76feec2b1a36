/** A request as the hub saw it: somebody was created, and all went well. */
import { newId } from '@app/runtime';
import type { SeenRequest } from '../record.js';

export function seen(more: Partial<SeenRequest> & { at?: Date } = {}): SeenRequest {
  const { at = new Date('2030-01-31T12:00:00.000Z'), ...said } = more;
  return {
    id: newId('req', at),
    directoryId: 'directory_1',
    organizationId: 'org_1',
    tokenId: undefined,
    method: 'POST',
    url: '/scim/v2/directory_1/Users',
    userAgent: 'Okta SCIM Client 1.0.0',
    body: { userName: 'ada@example.com' },
    bodyBytes: 30,
    dialect: 'okta',
    quirks: [],
    ignored: [],
    unknownMembers: [],
    status: 201,
    scimType: undefined,
    detail: undefined,
    durationInMilliseconds: 4.56,
    events: [],
    ...said,
  };
}
