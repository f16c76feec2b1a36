/**
 * Our PATCH against a second independent one, SCIMMY's PatchOp on its User schema with the enterprise extension. Each point on which it does
 * otherwise is a row below with an example, and everything else must come out the same.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import SCIMMY from 'scimmy';
import { ENTERPRISE_URN, isObject, matches, parseFilter, USER_URN, type Attributes } from '@app/scim';
import { bounded } from '../support/bounds.js';
import {
  canonical,
  compare,
  ours,
  unmarked,
  without,
  type Outcome,
  type PatchDifference,
} from './patching.js';
import { isList, kept, operations, taken, type Operation } from './written-patch.js';

SCIMMY.Schemas.User.definition.extend(SCIMMY.Schemas.EnterpriseUser.definition, false);

async function theirs(operation: Operation, before: Attributes): Promise<Outcome> {
  const schemas = [USER_URN, ...(ENTERPRISE_URN in before ? [ENTERPRISE_URN] : [])];
  try {
    const person = new SCIMMY.Schemas.User({ schemas, id: '1', ...structuredClone(before) } as never);
    const message = new SCIMMY.Messages.PatchOp({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [structuredClone(operation)],
    } as never);
    const after = (await message.apply(person)) as unknown;
    // Nothing comes back when nothing has changed.
    return after === undefined ? before : canonical(JSON.parse(JSON.stringify(after)));
  } catch {
    return 'refused';
  }
}

const target = ({ path = '' }: Operation): ReturnType<typeof taken> => taken(path);

const DIFFERENCES: readonly PatchDifference[] = [];

describe('a PATCH', () => {
  const seen = new Set<string>();

  it('comes out the same as by SCIMMY, but for the differences in the table', async () => {
    await fc.assert(
      fc.asyncProperty(kept, fc.array(operations, { minLength: 1, maxLength: 3 }), async (person, steps) => {
        let before = person;
        for (const operation of steps) {
          const our = ours(operation, before);
          const their = await theirs(operation, before);
          for (const name of compare(operation, before, { our, their, differences: DIFFERENCES }))
            seen.add(name);
          if (typeof our !== 'string') before = our;
        }
      }),
      bounded(1_200),
    );
    expect(DIFFERENCES.filter(({ name }) => !seen.has(name))).toEqual([]);
  });
});
