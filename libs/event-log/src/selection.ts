/** Which events of the log somebody asks for. */

export interface Selection {
  /** Exclusive. */
  after: number;
  limit: number;
  /** Inclusive. */
  upTo?: number;
  /** Only these types; all when absent. */
  types?: readonly string[];
  organizationId?: string;
  directoryId?: string;
  organizationIds?: string[];
  directoryIds?: string[];
  /** Events that are about any of these. */
  subjects?: string[];
  occurredFrom?: Date;
  occurredBefore?: Date;
}

/** The condition with its values, of which `$2` is the limit. */
export function conditionsOf(selection: Selection): { condition: string; values: unknown[] } {
  const values: unknown[] = [selection.after, selection.limit];
  const conditions = ['position > $1'];
  const add = (condition: string, value: unknown): void => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(condition.replaceAll('?', `$${values.length}`));
  };
  add('position <= ?', selection.upTo);
  add('type = any(?)', selection.types);
  add('organization_id = ?', selection.organizationId);
  add('directory_id = ?', selection.directoryId);
  add('organization_id = any(?)', selection.organizationIds);
  add('directory_id = any(?)', selection.directoryIds);
  add('(subjects[1] = any(?) or subjects[2] = any(?))', selection.subjects);
  add('occurred_at >= ?', selection.occurredFrom);
  add('occurred_at < ?', selection.occurredBefore);
  return { condition: conditions.join(' and '), values };
}
