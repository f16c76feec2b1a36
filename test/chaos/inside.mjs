/**
 * Loaded into each program before it starts (`node --import`), for the two things that cannot be had from outside: names
 * whose addresses change while it runs, and a word in each request to a receiver that says which process sent it.
 */
import { subscribe } from 'node:diagnostics_channel';
import dns from 'node:dns';
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { CHAOS_NAME, CHAOS_HOSTS } = process.env;

// The resolver of the system, with a file of names in front of it, read anew each time: what the file says now is true now.
const system = dns.lookup;
dns.lookup = (host, options, callback) => {
  const address = JSON.parse(readFileSync(CHAOS_HOSTS, 'utf8'))[host];
  if (address === undefined) return system(host, options, callback);
  const found = { address, family: 4 };
  if (options?.all) process.nextTick(callback, null, [found]);
  else process.nextTick(callback ?? options, null, found.address, found.family);
  return undefined;
};
syncBuiltinESMExports();

subscribe('undici:request:create', ({ request }) =>
  request.addHeader('x-chaos-sender', `${CHAOS_NAME}/${process.pid}`),
);
