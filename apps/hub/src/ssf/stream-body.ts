/** What receivers send about streams. Read here and not by the pipe: what SSF does not know is ignored, and 400 is its word. */
import { DELIVERY_METHODS, POLL_DELIVERY, PUSH_DELIVERY, type DeliveryMethod } from '@app/revocation';
import { badRequest } from './ssf-error.js';

const EVENT_TYPES_AT_MOST = 100;
const DESCRIPTION_AT_MOST_IN_CHARACTERS = 1_000;
const URI_AT_MOST_IN_CHARACTERS = 2_048;
export const AUTHORIZATION_AT_MOST_IN_CHARACTERS = 4_096;

export interface DeliveryWish {
  method: DeliveryMethod;
  /** Of a push stream its receiver's; of a poll stream ours, to be compared only. */
  endpointUrl?: string;
  /** Undefined: nothing was said of it. */
  authorizationHeader?: string | null;
}

/** What the receiver may set (SSF 1.0 §8.1.1); undefined: nothing was said of it. */
export interface StreamWish {
  delivery?: DeliveryWish;
  eventsRequested?: string[];
  description?: string;
  /** How people are named; a member of ours. Checked with the settings. */
  subject?: object;
  /** A member of ours, too. Checked with the settings. */
  signingAlgorithm?: unknown;
}

export type Members = Record<string, unknown>;

/** @throws ApiError 400 */
export function membersOf(body: unknown): Members {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw badRequest('The body must be a JSON object.');
  return body as Members;
}

/** @throws ApiError 400 */
export function streamIdOf(members: Members): string {
  return requiredText(members, 'stream_id', URI_AT_MOST_IN_CHARACTERS);
}

/** @throws ApiError 400 */
export function streamWishOf(members: Members): StreamWish {
  const { delivery, events_requested: events, description, subject, signing_algorithm: algorithm } = members;
  const wish: StreamWish = {};
  if (given(delivery)) wish.delivery = deliveryOf(delivery);
  if (given(events)) wish.eventsRequested = eventsOf(events);
  if (given(description))
    wish.description = requiredText(members, 'description', DESCRIPTION_AT_MOST_IN_CHARACTERS);
  if (given(subject)) wish.subject = membersOfMember('subject', subject);
  if (given(algorithm)) wish.signingAlgorithm = algorithm;
  return wish;
}

/** What a text may be. @throws ApiError 400 */
export function requiredText(members: Members, name: string, charactersAtMost: number): string {
  const text = members[name];
  if (typeof text === 'string' && text !== '' && text.length <= charactersAtMost) return text;
  throw badRequest(`${name} must be a text of 1 to ${charactersAtMost} characters.`);
}

export function given(value: unknown): boolean {
  return value !== undefined && value !== null;
}

export function membersOfMember(name: string, value: unknown): Members {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Members;
  throw badRequest(`${name} must be a JSON object.`);
}

function deliveryOf(value: unknown): DeliveryWish {
  const delivery = membersOfMember('delivery', value);
  const method = delivery['method'];
  if (!DELIVERY_METHODS.includes(method as DeliveryMethod))
    throw badRequest(`delivery.method must be ${PUSH_DELIVERY} (push) or ${POLL_DELIVERY} (poll).`);
  const { endpoint_url: url, authorization_header: authorization } = delivery;
  if (method === PUSH_DELIVERY && !given(url))
    throw badRequest('delivery.endpoint_url is needed for push: where do events go?');
  if (given(url) && (typeof url !== 'string' || url.length > URI_AT_MOST_IN_CHARACTERS))
    throw badRequest(
      `delivery.endpoint_url must be a URL of at most ${URI_AT_MOST_IN_CHARACTERS} characters.`,
    );
  const fits =
    typeof authorization === 'string' &&
    authorization !== '' &&
    authorization.length <= AUTHORIZATION_AT_MOST_IN_CHARACTERS;
  if (given(authorization) && !fits)
    throw badRequest(
      `delivery.authorization_header must be a text of 1 to ${AUTHORIZATION_AT_MOST_IN_CHARACTERS} characters.`,
    );
  if (method === POLL_DELIVERY && given(authorization))
    throw badRequest('delivery.authorization_header is for push: a poll shows its access token.');
  return {
    method: method as DeliveryMethod,
    ...(typeof url === 'string' ? { endpointUrl: url } : {}),
    ...(authorization === undefined ? {} : { authorizationHeader: authorization as string | null }),
  };
}

function eventsOf(value: unknown): string[] {
  const fits =
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= EVENT_TYPES_AT_MOST &&
    value.every(
      (type) => typeof type === 'string' && type !== '' && type.length <= URI_AT_MOST_IN_CHARACTERS,
    );
  if (!fits)
    throw badRequest(`events_requested must be a list of 1 to ${EVENT_TYPES_AT_MOST} event type URIs.`);
  return [...new Set(value as string[])];
}
