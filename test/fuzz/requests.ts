/** Requests from good to hostile: each part of one is either as it should be, or not. */
import type { HttpRequest } from '../support/hub.js';
import { FILTERS, PATHS } from './corpus.js';
import type { Dice } from './dice.js';
import type { Endpoint } from './endpoints.js';
import { hostileBody, hostileJson, hostileText, mutatedJson, mutatedText } from './hostile.js';
import { percentEncoded, type World } from './world.js';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'SEARCH'];

export interface Door {
  /** Before the paths of the endpoints. */
  roots: readonly string[];
  authorization: string;
  contentType: string;
  endpoints: readonly Endpoint[];
}

/** One request; `calm` is how often a part is left as it should be. */
export function makeRequest(dice: Dice, door: Door, world: World): HttpRequest {
  const calm = dice.pick([0.98, 0.9, 0.6]);
  const endpoint = chosen(dice, door.endpoints);
  const method = dice.chance(calm) ? dice.pick(endpoint.methods) : dice.pick(METHODS);
  const path = dice.pick(door.roots) + endpoint.path(dice, world) + query(dice, calm);
  const body = madeBody(dice, endpoint.body(dice, world), calm);
  const bodiless = ['GET', 'HEAD', 'OPTIONS', 'TRACE'].includes(method) && dice.chance(0.9);
  return {
    method,
    path,
    headers: headers(dice, door, calm),
    ...(body === undefined || bodiless ? {} : { body }),
  };
}

function chosen(dice: Dice, endpoints: readonly Endpoint[]): Endpoint {
  return dice.pick(endpoints.flatMap((endpoint) => Array.from({ length: endpoint.weight }, () => endpoint)));
}

function madeBody(dice: Dice, good: unknown, calm: number): string | undefined {
  if (good === undefined) return dice.chance(calm) ? undefined : hostileBody(dice, hostileJson(dice));
  if (typeof good === 'string') return dice.chance(calm) ? good : mutatedText(dice, good);
  if (dice.chance(calm)) return JSON.stringify(good);
  if (dice.chance(0.02)) return JSON.stringify({ ...(good as object), title: 'x'.repeat(300_000) });
  if (dice.chance(0.1)) return hostileBody(dice, hostileJson(dice));
  let value: unknown = good;
  for (let left = 1 + dice.below(3); left > 0; left -= 1) value = mutatedJson(dice, value);
  return hostileBody(dice, value);
}

function query(dice: Dice, calm: number): string {
  const wild = !dice.chance(calm);
  const text = (good: readonly string[]): string =>
    wild ? dice.pick([hostileText(dice), mutatedText(dice, dice.pick(good))]) : dice.pick(good);
  const parameters: Record<string, () => string> = {
    filter: () => text(FILTERS),
    attributes: () => text(PATHS),
    excludedAttributes: () => text(PATHS),
    startIndex: () => text(['1', '2', '100']),
    count: () => text(['0', '1', '50']),
    sortBy: () => text(['userName', 'displayName', 'meta.created', 'emails.value']),
    sortOrder: () => text(['ascending', 'descending']),
    cursor: () => text(['', 'eyJ2IjoxfQ', 'a.b.c']),
    [wild ? percentEncoded(hostileText(dice)).slice(0, 100) : 'x']: () => text(['1']),
  };
  const names = dice.times(dice.chance(0.5) ? 0 : 3, () => dice.pick(Object.keys(parameters)));
  const pairs = names.map((name) => `${name}=${percentEncoded(parameters[name]!()).slice(0, 5_000)}`);
  if (wild && dice.chance(0.2))
    pairs.push(
      dice.pick(['%', '%ff=%zz', '&&&', '=', 'filter', 'filter[]=x', 'filter[a]=x', '?', 'count=1&count=2']),
    );
  return pairs.length > 0 ? `?${pairs.join('&')}` : '';
}

function headers(dice: Dice, door: Door, calm: number): Record<string, string> {
  const { authorization, contentType } = door;
  const wild = (good: string, others: readonly string[]): string =>
    dice.chance(calm) ? good : dice.pick(others);
  const all: Record<string, string> = {
    authorization: dice.chance(0.97)
      ? authorization
      : dice.pick(['', 'Bearer', 'Bearer x', 'Basic eDp5', headerText(dice)]),
    accept: wild('application/scim+json', ['*/*', 'text/html', 'application/json;q=0', '', headerText(dice)]),
    'content-type': wild(contentType, [
      'application/json',
      'application/json; charset=utf-16',
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/scim+json;;;',
      '',
      headerText(dice),
    ]),
  };
  const more: Record<string, () => string> = {
    'if-match': () => wild('*', ['W/"1"', '"2"', '', headerText(dice)]),
    'if-none-match': () => wild('W/"0"', ['*', 'W/"1"', '', headerText(dice)]),
    'content-encoding': () => dice.pick(['gzip', 'identity', 'br', headerText(dice)]),
    'x-http-method-override': () => dice.pick(['PUT', 'PATCH', 'DELETE', 'put', 'POST', headerText(dice)]),
    'x-request-id': () => headerText(dice),
    'x-forwarded-for': () => headerText(dice),
    'x-forwarded-host': () => headerText(dice),
    prefer: () => 'return=minimal',
    range: () => 'bytes=0-1',
    cookie: () => headerText(dice),
  };
  if (!dice.chance(calm))
    for (const name of dice.times(3, () => dice.pick(Object.keys(more)))) all[name] = more[name]!();
  return all;
}

/** What a header may hold on the wire: no line break, no control character. */
function headerText(dice: Dice): string {
  return hostileText(dice)
    .replace(/[^\t\x20-\x7e\x80-\xff]/g, '')
    .slice(0, 3_000);
}
