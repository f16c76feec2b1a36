/** The order of resources as RFC 7644 §3.4.2.3 words it, in memory: what the database is compared with. */
import { isObject, type Attributes, type Json, type Sort } from '@app/scim';

/** @param seen a resource with all that it shows. @returns its value under `sort`; null when it has none. */
export function valueOf(seen: Attributes, { path, comparison }: Sort): string | number | null {
  const owner = path.schema === undefined ? seen : seen[path.schema];
  const attribute = isObject(owner) ? owner[path.name] : undefined;
  const one = Array.isArray(attribute)
    ? (attribute.find((each) => isObject(each) && each['primary'] === true) ?? attribute[0])
    : attribute;
  const value: Json | undefined =
    path.subAttribute === undefined ? one : isObject(one) ? one[path.subAttribute] : undefined;
  if (value === undefined || value === null) return null;
  if (comparison === 'dateTime') return Date.parse(String(value));
  if (comparison === 'number') return Number(value);
  return comparison === 'caseInsensitive' ? String(value).toLowerCase() : String(value);
}

/** The ids in their order. */
export function ordered(all: { id: string; seen: Attributes; sort: Sort | undefined }[]): string[] {
  const keyed = all.map(({ id, seen, sort }) => ({ id, key: sort ? valueOf(seen, sort) : null }));
  const sign = all[0]?.sort?.order === 'descending' ? -1 : 1;
  return keyed.sort((a, b) => sign * compared(a.key, b.key) || (a.id < b.id ? -1 : 1)).map(({ id }) => id);
}

/** Nothing is greater than any value: it comes last when ascending, and first when descending. */
function compared(a: string | number | null, b: string | number | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
}
