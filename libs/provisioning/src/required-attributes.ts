import { lost, type DirectoryRules } from '@app/directory';
import type { Attributes } from '@app/scim';
import { RequiredAttributeMissing } from './refusals.js';

/** @param before undefined for somebody new. @throws RequiredAttributeMissing; never for a write that leaves the person inactive. */
export function refuseLosses(
  rules: DirectoryRules | undefined,
  before: Attributes | undefined,
  after: Attributes,
): void {
  const [missing] = rules ? lost(rules.attributes, before, after) : [];
  if (missing) throw new RequiredAttributeMissing(missing.name, missing.path ?? '');
}
