/** From the operations of a bulk to the commands that they mean, by the same functions as for single requests. */
import { WriteTogether, type Part, type Write } from '@app/provisioning';
import { readEntityTags, unitsOf, type PlannedOperation, type Resolved, type ResourceType } from '@app/scim';
import type { Asked } from './scim-request.js';
import {
  createGroup,
  createUser,
  deleteGroup,
  deleteUser,
  patchGroup,
  patchUser,
  replaceGroup,
  replaceUser,
} from './writes.js';

/** The request, read for each type of resource. */
export type AskedInBulk = { [Type in ResourceType]: Asked };

export function commandOf(
  asked: AskedInBulk,
  planned: readonly PlannedOperation[],
  failOnErrors: number | undefined,
): WriteTogether {
  const parts = planned.map(({ wanted, needs }): Part => ({ write: writeOf(asked, wanted), needs }));
  const units = unitsOf(parts.map(({ needs }) => needs));
  return new WriteTogether(asked.User.origin, parts, units, { failOnErrors });
}

function writeOf(asked: AskedInBulk, wanted: PlannedOperation['wanted']): Part['write'] {
  if ('refusal' in wanted) return wanted;
  // The request's own If-Match, if there is one, says nothing of any resource in it.
  const { onlyIf: _ofRequest, ...mine } = asked[wanted.type];
  const onlyIf = readEntityTags(wanted.version);
  try {
    return WRITES[wanted.type][wanted.method]({ ...mine, ...(onlyIf ? { onlyIf } : {}) }, wanted);
  } catch (refusal) {
    return { refusal };
  }
}

type ToWrite = (asked: Asked, resolved: Resolved) => Write;

const WRITES: { [Type in ResourceType]: { [Method in Resolved['method']]: ToWrite } } = {
  User: {
    POST: (asked, { id, data }) => createUser(asked, data, { id }),
    PUT: (asked, { id, data }) => replaceUser(asked, id, data),
    PATCH: (asked, { id, data }) => patchUser(asked, id, data),
    DELETE: (asked, { id }) => deleteUser(asked, id),
  },
  Group: {
    POST: (asked, { id, data }) => createGroup(asked, data, { id }),
    PUT: (asked, { id, data }) => replaceGroup(asked, id, data),
    PATCH: (asked, { id, data }) => patchGroup(asked, id, data),
    DELETE: (asked, { id }) => deleteGroup(asked, id),
  },
};
