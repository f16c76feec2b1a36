/** A small application: its people come from Rollcall, and so does the word that somebody's sessions must end. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import {
  beginFromSnapshot,
  consume,
  postgresStore,
  RollcallClient,
  WebhookNotVerified,
  webhookReceiver,
  WebhookVerifier,
} from '@rollcall/client';
import pg from 'pg';
import { apply, colleaguesOf, endSessions, save, signIn, whoIs } from './people.mjs';

const { ROLLCALL_URL, ROLLCALL_API_KEY, DATABASE_URL, WEBHOOK_JWKS_URL, REVOCATION_SECRET, INSTANCE } =
  process.env;
const BODY_AT_MOST_IN_BYTES = 1_000_000;

const pool = new pg.Pool({ connectionString: DATABASE_URL });
const store = postgresStore(pool);
await pool.query(await readFile(new URL('schema.sql', import.meta.url), 'utf8'));
await store.setUp();

const hub = { baseUrl: ROLLCALL_URL, apiKey: ROLLCALL_API_KEY };
const client = new RollcallClient(hub);
// Whoever signs in waits for the answer: better soon than late.
const atTheDoor = new RollcallClient({ ...hub, timeoutInSeconds: 3, retry: { count: 0 } });

// Once: everybody who is there already. From then on the feed tells what changes.
await store.transaction((tx) => beginFromSnapshot(tx, { client, store, of: 'everything', save }));

const consumer = consume({
  client,
  store,
  handle: apply,
  verifier: new WebhookVerifier({ jwksUrl: WEBHOOK_JWKS_URL }),
  // Of many instances one consumes. Under the same name as before its end, it goes on at once.
  ...(INSTANCE ? { instance: INSTANCE } : {}),
  observe: (what) =>
    console.log(JSON.stringify(what, (_name, value) => (value instanceof Error ? String(value) : value))),
});
/** A wake-up: the events themselves are read from the feed. */
const webhook = webhookReceiver((request) => consumer.receive(request), console.error);
const revocations = new WebhookVerifier({ secrets: REVOCATION_SECRET });

const routes = {
  'POST /rollcall/webhook': webhook.answer,
  /** The protocol "signed-call". */
  'POST /rollcall/revoke': async (request) => {
    const call = await revocations.verify(request);
    if (call.type !== 'session.revoke')
      return { status: 422, body: { message: `nothing is known of ${call.type}` } };
    await endSessions(call, pool);
    return { status: 204 };
  },
  /** Whoever comes here would have been sent by their identity provider; that part is not what this example is about. */
  'POST /sign_in': async ({ body }) => {
    const { email } = JSON.parse(body.toString());
    const session = await signIn(String(email), pool, atTheDoor);
    return session
      ? { status: 201, body: { session } }
      : { status: 403, body: { message: 'You may not sign in.' } };
  },
  'GET /me': async ({ headers }) => {
    const me = await whoIs(String(headers.authorization).replace(/^Bearer /, ''), pool);
    return me ? { status: 200, body: me } : { status: 401, body: { message: 'You are not signed in.' } };
  },
  /** The role comes from the groups of the identity provider: see map-roles.mjs. */
  'GET /people': async ({ headers }) => {
    const me = await whoIs(String(headers.authorization).replace(/^Bearer /, ''), pool);
    if (!me) return { status: 401, body: { message: 'You are not signed in.' } };
    if (me.role !== 'admin') return { status: 403, body: { message: 'This is for administrators.' } };
    return { status: 200, body: { people: await colleaguesOf(me.id, pool) } };
  },
};

const server = createServer(async (request, response) => {
  const { status, body } = await answer(request).catch(problem);
  response
    .writeHead(status, body ? { 'content-type': 'application/json' } : {})
    .end(body && JSON.stringify(body));
});

async function answer(request) {
  const route = routes[`${request.method} ${request.url.split('?')[0]}`];
  if (!route) return { status: 404, body: { message: 'There is nothing here.' } };
  // Raw, as it came: a signature is of bytes.
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > BODY_AT_MOST_IN_BYTES) return { status: 413, body: { message: 'That is too much.' } };
    chunks.push(chunk);
  }
  return route({ headers: request.headers, body: Buffer.concat(chunks) });
}

function problem(error) {
  if (error instanceof WebhookNotVerified) return { status: 401, body: { message: error.message } };
  if (error instanceof SyntaxError) return { status: 400, body: { message: 'The body is no JSON.' } };
  console.error(error);
  return { status: 500, body: { message: 'Something went wrong.' } };
}

server.listen(Number(process.env.PORT ?? 4000), process.env.HOST ?? '127.0.0.1', () =>
  console.log(`listening on port ${server.address().port}`),
);

const stop = async () => {
  server.close();
  await consumer.stop();
  await pool.end();
};
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void stop());
// What no repetition mends (see CursorExpired): better no application than one that lets in who has left.
consumer.done.catch((error) => {
  console.error(error);
  process.exit(1);
});
