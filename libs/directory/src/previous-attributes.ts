/** What an update changed, as consumers see it: the old values. */
import { equal, isObject, type Attributes, type Json } from '@app/scim';

type JsonObject = { [key: string]: Json };

/**
 * The old values of what differs: root properties, and one level down in the two open objects (`custom_attributes`,
 * `raw_attributes`). What did not exist before is null. When it was updated says nothing about what was.
 */
export function changesBetween(before: JsonObject, after: JsonObject): JsonObject {
  const names = Object.keys(after).filter((name) => !same(before, after, name));
  return Object.fromEntries(
    names.map((name) => [
      name,
      name.endsWith('_attributes') ? within(before[name], after[name]) : (before[name] ?? null),
    ]),
  );
}

export function withoutNulls(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null));
}

function within(before: Json | undefined, after: Json | undefined): JsonObject {
  const [old, now] = [before, after].map((value) => (isObject(value) ? value : {})) as [
    JsonObject,
    JsonObject,
  ];
  const names = [...new Set([...Object.keys(now), ...Object.keys(old)])].filter(
    (name) => !same(old, now, name),
  );
  return Object.fromEntries(names.map((name) => [name, old[name] ?? null]));
}

function same(before: JsonObject, after: JsonObject, name: string): boolean {
  return equal(before[name] ?? null, after[name] ?? null);
}
