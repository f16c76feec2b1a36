/** Keeps everything of a bad run for whoever wants to know why. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { World } from './world.js';

/** @returns the folder: what each program said, and more of the run as JSON. */
export function keep(world: World, more: Readonly<Record<string, unknown>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-chaos-kept-'));
  for (const program of world.programs) writeFileSync(join(folder, `${program.name}.log`), program.output());
  for (const [name, content] of Object.entries(more))
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(content));
  return folder;
}
