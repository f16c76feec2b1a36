/** The `filter` of a query, read as the directory's dialect means it. */
import { readFilter, type Filter, type Shape } from '@app/scim';
import type { Asked } from './scim-request.js';

/** Nothing without a filter. @param others the further types that the query is about. @throws ScimError 400 invalidFilter. */
export function filterOf(
  asked: Asked,
  text: string | undefined,
  others: readonly Shape[] = [],
): { filter?: Filter } {
  if (text === undefined) return {};
  const read = readFilter(text, asked.shape, asked.dialect, others);
  asked.notes.read(read);
  return { filter: read.filter };
}
