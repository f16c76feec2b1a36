/** What somebody who has just started Rollcall needs to see: where it is, and three commands to paste. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FirstSteps } from '../../hub/src/first-steps.js';
import type { Config } from '@app/runtime';

/** The embedded start keeps what it made in its data folder, so that the next start can show it again. */
export async function rememberFirstSteps(
  { dataDir, publicUrl: url }: Config,
  made: FirstSteps | undefined,
): Promise<FirstSteps | undefined> {
  const file = join(dataDir, 'first-steps.json');
  const steps = made ?? (await kept(file));
  // The URL is where it listens this time: the port may have been taken.
  if (steps) await writeFile(file, `${JSON.stringify({ ...steps, url }, null, 2)}\n`, { mode: 0o600 });
  return steps;
}

async function kept(file: string): Promise<FirstSteps | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as FirstSteps;
  } catch {
    return undefined; // a folder of another origin: there is nothing to show, and nothing is wrong
  }
}

export function welcome(config: Config, steps: FirstSteps | undefined): void {
  if (!steps) {
    console.log(`\nRollcall is ready at ${config.publicUrl}\n`);
    return;
  }
  const scim = `${config.publicUrl}/scim/v2/${steps.directoryId}`;
  const apiKey = config.apiKey ?? steps.apiKey ?? 'sk_…';
  console.log(`
Rollcall is ready at ${config.publicUrl}

  For the identity provider
    SCIM base URL   ${scim}
    Bearer token    ${steps.scimBearerToken}

  For your app
    API key         ${apiKey}

  Push a person, as an identity provider does:

    curl -s ${scim}/Users \\
      -H 'Authorization: Bearer ${steps.scimBearerToken}' -H 'Content-Type: application/scim+json' \\
      -d '{"userName":"ada@example.com","name":{"givenName":"Ada","familyName":"Lovelace"},"emails":[{"value":"ada@example.com","primary":true}]}'

  Read what happened, as your app does:

    curl -s '${config.publicUrl}/events?limit=100' -H 'Authorization: Bearer ${apiKey}'

  Have it sent to you instead, signed:

    curl -s ${config.publicUrl}/webhook_endpoints \\
      -H 'Authorization: Bearer ${apiKey}' -H 'Content-Type: application/json' \\
      -d '{"endpoint_url":"http://127.0.0.1:4000/webhooks","events":["dsync.user.created","dsync.user.updated"]}'

  Ctrl-C stops everything.
`);
}
