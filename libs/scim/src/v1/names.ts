// What SCIM 1.1 calls things that 2.0 calls otherwise: draft-scim-core-schema-01 §5 to §8. The URNs of 1.1 are understood wherever a 2.0
// URN is (see schema/lookup), so only what differs inside them is named here.
import { ENTERPRISE_URN } from '../schema/enterprise.js';
import { GROUP_URN } from '../schema/group.js';
import { USER_URN } from '../schema/user.js';

export const CORE_URN_V1 = 'urn:scim:schemas:core:1.0';
export const ENTERPRISE_URN_V1 = 'urn:scim:schemas:extension:enterprise:1.0';

const URNS: { [urn: string]: string } = {
  [USER_URN]: CORE_URN_V1,
  [GROUP_URN]: CORE_URN_V1,
  [ENTERPRISE_URN]: ENTERPRISE_URN_V1,
};

/** The URN by which 1.1 knows a schema; schemas that 1.1 does not name, such as a directory's own, keep theirs. */
export function urnInV1(urn: string): string {
  return Object.hasOwn(URNS, urn) ? (URNS[urn] ?? urn) : urn;
}

/** 1.1 points to a manager by `managerId`, 2.0 by `value`. */
export const MANAGER_ID = 'managerId';

const MANAGER_ID_AT_END = /((?:^|[:.])manager\.)managerId$/i;

/** The name of an attribute as 1.1 writes it, in the words of 2.0. */
export function nameFromV1(name: string): string {
  return name.replace(MANAGER_ID_AT_END, '$1value');
}
