/** Query parameters as the SDKs of eight languages write them. Unknown ones are ignored. */
import type { PageRequest } from '@app/tenancy';
import { invalid } from './validation.js';

export type Query = Record<string, string | string[]>;

const LIMIT_DEFAULT = 10;
const LIMIT_MOST = 100;

/** One text, or undefined when it is absent or empty. */
export function textOf(query: Query, name: string): string | undefined {
  const value = query[name];
  const text = Array.isArray(value) ? value.at(-1) : value;
  return text === '' ? undefined : text;
}

/** A list in any of the five spellings: `k=a,b`, `k=a&k=b`, `k[]=a`, `k[0]=a`, `k%5B%5D=a`. */
export function listOf(query: Query, name: string): string[] {
  const values = Object.entries(query)
    .filter(([key]) => key === name || (key.startsWith(`${name}[`) && key.endsWith(']')))
    .flatMap(([, value]) => value);
  return values.flatMap((value) => value.split(',')).filter((value) => value !== '');
}

/** @param most beyond the hundred of other lists, where a list allows more. */
export function limitOf(query: Query, most = LIMIT_MOST): number {
  const text = textOf(query, 'limit');
  if (text === undefined) return LIMIT_DEFAULT;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= most) return limit;
  throw invalid([
    {
      field: 'limit',
      code: 'invalid_range',
      message: `limit must be a whole number from 1 to ${most}`,
    },
  ]);
}

export function timeOf(query: Query, name: string): Date | undefined {
  const text = textOf(query, name);
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  throw invalid([{ field: name, code: 'invalid_date', message: `${name} must be an ISO 8601 date or time` }]);
}

/** Newest first, with the meanings of the two cursors swapped. */
const NORMAL = 'normal';

export function pageOf(query: Query): PageRequest {
  const order = textOf(query, 'order') ?? 'desc';
  if (!['asc', 'desc', NORMAL].includes(order)) {
    throw invalid([{ field: 'order', code: 'invalid_order', message: 'order must be asc, desc or normal' }]);
  }
  const [after, before] = [textOf(query, 'after'), textOf(query, 'before')];
  const cursors = order === NORMAL ? { after: before, before: after } : { after, before };
  return { limit: limitOf(query), order: order === 'asc' ? 'asc' : 'desc', ...cursors };
}

interface Cursors {
  before: string | null;
  after: string | null;
}

/**
 * The envelope of every list. A cursor that is not there is null, never an empty text: SDKs would start again.
 * @param query with the order: whoever reads with `after` by what the page before said as `after` goes on, in each of them.
 */
export function list<T>(data: T[], { before, after }: Cursors, query: Query = {}): object {
  const swapped = textOf(query, 'order') === NORMAL;
  return {
    object: 'list',
    data,
    list_metadata: swapped ? { before: after, after: before } : { before, after },
  };
}
