/** How a directory's people are shown to consumers, as its owner has set it. Read where a writer needs what is in force. */
import type { AttributeRule, DirectoryRules } from '@app/directory';
import { Statement, type Tx } from '@app/runtime';

interface Row {
  id: string;
  attribute_rules: AttributeRule[];
  default_role: string | null;
  rules_version: number;
}

const LOAD = new Statement(
  'rules-of-directories',
  'select id, attribute_rules, default_role, rules_version from directory where id = any($1)',
);

export async function loadDirectoryRules(
  tx: Tx,
  directoryIds: string[],
): Promise<Map<string, DirectoryRules>> {
  if (directoryIds.length === 0) return new Map();
  const rows = await tx.rows<Row>(LOAD, [directoryIds]);
  return new Map(
    rows.map((row) => [
      row.id,
      { version: row.rules_version, attributes: row.attribute_rules, defaultRole: row.default_role },
    ]),
  );
}
