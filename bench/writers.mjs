/** Changes by SCIM, as identity providers make them. */
import { setTimeout as pause } from 'node:timers/promises';
import { now } from './processes.mjs';

const BULK_AT_MOST = 500;
const BULKS_AT_ONCE = 4;

let people = 0;

function person() {
  const n = ++people;
  const name = `user-${process.pid}-${n}`;
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName: `${name}@example.com`,
    externalId: name,
    name: { givenName: 'Test', familyName: `User ${n}` },
    emails: [{ primary: true, value: `${name}@example.com`, type: 'work' }],
    displayName: `Test User ${n}`,
    active: true,
  };
}

/** So many new people in each directory. */
export async function writeBacklog(places, each) {
  const bulks = places.flatMap((place) =>
    Array.from({ length: Math.ceil(each / BULK_AT_MOST) }, (_, index) => ({
      place,
      size: Math.min(BULK_AT_MOST, each - index * BULK_AT_MOST),
    })),
  );
  const work = async () => {
    for (let bulk = bulks.pop(); bulk; bulk = bulks.pop()) await writeBulk(bulk);
  };
  await Promise.all(Array.from({ length: BULKS_AT_ONCE }, work));
}

/** @returns the ids of so many new people. */
export async function writePeople(place, count) {
  const ids = [];
  for (let left = count; left > 0; left -= BULK_AT_MOST)
    ids.push(...(await writeBulk({ place, size: Math.min(BULK_AT_MOST, left) })));
  return ids;
}

async function writeBulk({ place, size }) {
  const Operations = Array.from({ length: size }, (_, index) => ({
    method: 'POST',
    path: '/Users',
    bulkId: `b${index}`,
    data: person(),
  }));
  const { Operations: answers } = await scim(place, '/Bulk', {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    Operations,
  });
  const bad = answers.find(({ status }) => status !== '201');
  if (bad) throw new Error(`a bulk was refused: ${JSON.stringify(bad)}`);
  return answers.map(({ location }) => location.split('/').at(-1));
}

/**
 * One new person after the other at a fixed rate, in each directory in turn, whether or not those before are answered.
 * @returns when each was answered, by the person's id, and the rate that was reached.
 */
export function writeAtRate(places, { rate, seconds }) {
  return atRate(rate * seconds, rate, (n) => scim(places[n % places.length], '/Users', person()));
}

/** One of these people after the other is deactivated, at a fixed rate. @returns as `writeAtRate` does. */
export function deactivateAtRate(place, ids, { rate }) {
  const patch = {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op: 'replace', path: 'active', value: false }],
  };
  return atRate(ids.length, rate, (n) => scim(place, `/Users/${ids[n]}`, patch, 'PATCH'));
}

async function atRate(count, rate, change) {
  const answered = new Map();
  const under = [];
  const began = performance.now();
  for (let n = 0; n < count; n++) {
    const due = began + (1_000 * n) / rate;
    if (due > performance.now()) await pause(due - performance.now());
    const write = change(n).then(({ id }) => answered.set(id, now()));
    write.catch(() => undefined); // looked at below
    under.push(write);
  }
  await Promise.all(under);
  return { answered, perSecond: Math.round((1_000 * answered.size) / (performance.now() - began)) };
}

async function scim({ url, token }, path, body, method = 'POST') {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' };
  const answer = await fetch(`${url}${path}`, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}
