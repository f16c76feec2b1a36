/** The published form without what is known of people: who or what it is about, and nothing of what they are. */
import type { Json } from '@app/scim';
import { published, type PublishedEvent } from './published.js';
import { isOfOrganization, isOperational, type RecordedEvent } from './recorded.js';

type JsonObject = { [key: string]: Json };

const IDS: readonly string[] = ['object', 'id', 'directory_id', 'organization_id'];

/**
 * The same envelope as `published`, and of its data the ids alone; where the full form has an id, this has it at the
 * same place.
 * @returns undefined where there is no published form.
 */
export function publishedThin(event: RecordedEvent): PublishedEvent | undefined {
  const full = published(event);
  // What is told of destinations and organizations has no people in it.
  const ofPeople = !isOperational(event) && !isOfOrganization(event);
  return full && ofPeople ? { ...full, data: thin(full.data) } : full;
}

function thin({ user, group, ...rest }: JsonObject): JsonObject {
  return {
    ...idsOf(rest),
    // A membership is about two.
    ...(isObject(user) ? { user: idsOf(user) } : {}),
    ...(isObject(group) ? { group: idsOf(group) } : {}),
  };
}

function idsOf(data: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(data).filter(([name]) => IDS.includes(name)));
}

function isObject(value: Json | undefined): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
