/** A directory as commands name it: with everything that decisions about its people depend on. */
import type { AttributeRule } from '@app/directory';
import type { DirectoryRef } from '@app/provisioning';
import type { Directory } from '@app/tenancy';
import { leavingPolicyOf } from './leaving-settings.js';

export function directoryRefOf(directory: Directory): DirectoryRef {
  const { id, organizationId, rulesVersion: version, attributeRules, defaultRole } = directory;
  const rules = { version, attributes: attributeRules as AttributeRule[], defaultRole };
  return { id, organizationId, policy: leavingPolicyOf(directory), rules };
}
