import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the embedded start on this machine is and the API key it made, so that `npm run smoke` needs no argument. */
export async function knownKey(dataDir: string): Promise<{ apiKey?: string; url?: string } | undefined> {
  try {
    return JSON.parse(await readFile(join(dataDir, 'first-steps.json'), 'utf8')) as {
      apiKey?: string;
      url?: string;
    };
  } catch {
    return undefined;
  }
}
