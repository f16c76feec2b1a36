/** `npm run docs`: writes the reference pages that are made from the code. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { configReference, metricsReference, packageRoot } from '@app/runtime';
import { errorsReference } from '../../hub/src/openapi/errors-page.js';
import { previewedDocument } from '../../hub/src/openapi/preview.js';
import { version } from './version.js';

const PAGES: Readonly<Record<string, () => string | Promise<string>>> = {
  'docs/reference/configuration.md': configReference,
  'docs/reference/metrics.md': metricsReference,
  'docs/reference/openapi.json': async () =>
    `${JSON.stringify(await previewedDocument(version()), null, 2)}\n`,
  'docs/reference/errors.md': errorsReference,
};

export async function docs(): Promise<void> {
  for (const [name, page] of Object.entries(PAGES)) {
    const file = join(packageRoot(), name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, await page());
    console.log(`wrote ${name}`);
  }
}
