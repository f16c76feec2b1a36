/** `npm run docs`: writes the reference pages that are made from the code. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { configReference, metricsReference, packageRoot } from '@app/runtime';

const PAGES: Readonly<Record<string, () => string>> = {
  'docs/reference/configuration.md': configReference,
  'docs/reference/metrics.md': metricsReference,
};

export async function docs(): Promise<void> {
  for (const [name, page] of Object.entries(PAGES)) {
    const file = join(packageRoot(), name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, page());
    console.log(`wrote ${name}`);
  }
}
