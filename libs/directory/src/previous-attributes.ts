/** What an update changed, as consumers see it: the old values. */
import { equal, isObject, type Attributes, type Json } from '@app/scim';

type JsonObject = { [key: string]: Json };

/**
 * The old values of what differs: root properties, and one level down in the two open objects (`custom_attributes`,
 * `raw_attributes`). What did not exist before is null. When it was updated says nothing about what was.
 */
export function changesBetween(before: JsonObject, after: JsonObject): JsonObject {
  return differences(before, after, (name) =>
    name.endsWith('_attributes') ? within(before[name], after[name]) : (before[name] ?? null),
  );
}

/** @param attributes is given back as it is when it holds no null. */
export function withoutNulls(attributes: Attributes): Attributes {
  for (const name in attributes)
    if (attributes[name] === null)
      return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null));
  return attributes;
}

function within(before: Json | undefined, after: Json | undefined): JsonObject {
  const [old, now] = [isObject(before) ? before : {}, isObject(after) ? after : {}];
  return differences(old, now, (name) => old[name] ?? null);
}

/** By the names in which the two differ, those of `after` first. Plain loops: every update that is published passes here. */
function differences(before: JsonObject, after: JsonObject, old: (name: string) => Json): JsonObject {
  const names: string[] = [];
  for (const name in after) if (!equal(before[name] ?? null, after[name] ?? null)) names.push(name);
  for (const name in before)
    if (!Object.hasOwn(after, name) && (before[name] ?? null) !== null) names.push(name);
  // Not by assignment: an attribute may have any name, also one that an object takes for its prototype.
  return Object.fromEntries(names.map((name) => [name, old(name)]));
}
