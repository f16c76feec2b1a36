/** The `filter` of a query, read as the directory's dialect means it. */
import { readFilter, type Filter } from '@app/scim';
import type { Asked } from './scim-request.js';

/** Nothing without a filter. @throws ScimError 400 invalidFilter. */
export function filterOf(asked: Asked, text: string | undefined): { filter?: Filter } {
  if (text === undefined) return {};
  const read = readFilter(text, asked.shape, asked.dialect);
  asked.notes.read(read);
  return { filter: read.filter };
}
