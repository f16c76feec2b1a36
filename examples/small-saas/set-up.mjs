/** Once: tells Rollcall where the application is. Prints what the application needs to know. */
import { RollcallClient } from '@rollcall/client';

const { ROLLCALL_URL, ROLLCALL_API_KEY, APP_URL } = process.env;
const client = new RollcallClient({ baseUrl: ROLLCALL_URL, apiKey: ROLLCALL_API_KEY });

// Signed with a key pair, so that there is no secret to keep; and without personal data, because it only wakes us.
const endpoint = await client.webhookEndpoints.create({
  endpoint_url: `${APP_URL}/rollcall/webhook`,
  events: [],
  signatures: ['v1a'],
  payload: 'thin',
});
const revocations = await client.destinations.create({
  protocol: 'signed-call',
  settings: { endpoint_url: `${APP_URL}/rollcall/revoke` },
});

console.log(`WEBHOOK_JWKS_URL=${ROLLCALL_URL}/.well-known/webhooks/${endpoint.id}/jwks.json`);
console.log(`REVOCATION_SECRET=${revocations.secret}`);
