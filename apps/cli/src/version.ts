import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '@app/runtime';

/** The release, as package.json says it. */
export function version(): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}
