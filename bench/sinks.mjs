/**
 * A process of its own that receives webhooks: it answers 204 at once, counts, remembers when each arrived, and verifies the
 * signature of every hundredth with the receivers' library of Standard Webhooks. Spoken to over the channel of `fork`.
 */
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { now } from './processes.mjs';

const VERIFY_EACH = 100;
const KEPT_BODIES = 100;

/** What a request is known by, for `begin` with `arrivals`. */
const KEYS = {
  person: (request, body) => JSON.parse(body).data.id,
  txn: (request) => `${request.headers['rollcall-txn']} ${request.url}`,
};

/** By path. */
let secrets = {};
let state = fresh();

function fresh(key) {
  return {
    count: 0,
    verified: 0,
    refused: 0,
    firstAt: 0,
    lastAt: 0,
    bodies: [],
    arrivals: key && [],
    key,
  };
}

const server = createServer((request, response) => {
  const at = now();
  const { count, arrivals } = state;
  state.firstAt ||= at;
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    response.writeHead(204).end();
    state.count += 1;
    state.lastAt = at;
    if (arrivals === undefined && count % VERIFY_EACH > 0) return;
    const body = Buffer.concat(chunks).toString();
    if (arrivals) arrivals.push([KEYS[state.key](request, body), at]);
    else verify(request, body);
  });
});

function verify(request, body) {
  if (state.bodies.length < KEPT_BODIES) state.bodies.push({ id: request.headers['webhook-id'], body });
  try {
    new Webhook(secrets[request.url]).verify(body, request.headers);
    state.verified += 1;
  } catch (error) {
    state.refused += 1;
    console.error(`${request.url}: ${error.message}`);
  }
}

process.on('message', ({ ask, ...more }) => {
  if (ask === 'know') secrets = more.secrets;
  if (ask === 'begin') state = fresh(more.arrivals);
  process.send(ask === 'report' ? state : ask === 'count' ? { count: state.count } : {});
});
process.on('disconnect', () => process.exit(0));
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
