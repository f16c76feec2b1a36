import type { AttributeRule } from './attribute-mapping.js';

/** What its owner has decided about how consumers see the people of a directory. */
export interface DirectoryRules {
  /** Grows with every change, so that whoever decides by old ones is noticed. */
  version: number;
  attributes: readonly AttributeRule[];
  /** Of somebody new, who is in no group yet. */
  defaultRole: string | null;
}

export const NO_RULES: DirectoryRules = { version: 0, attributes: [], defaultRole: null };
