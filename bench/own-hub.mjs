import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../dist/apps/cli/src/main.js', import.meta.url));
const START_WITHIN_IN_SECONDS = 60;

/** Everything as `npm start` runs it (hub, worker and PostgreSQL), on a data folder that is removed afterwards. */
export async function ownHub() {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-bench-'));
  await chmod(folder, 0o711); // as root, another account runs the database and must be able to pass through
  const dataDir = join(folder, 'data');
  const program = spawn(process.execPath, [MAIN, 'start'], {
    env: { ...process.env, ROLLCALL_DATA_DIR: dataDir, PORT: '3900', ROLLCALL_LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  program.stdout.on('data', (text) => (said += text));
  const ended = new Promise((resolve) => program.once('exit', resolve));
  const stop = async () => {
    program.kill('SIGINT');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    for (let tried = 0; !said.includes('Ctrl-C'); tried += 1) {
      if (tried > START_WITHIN_IN_SECONDS * 10 || program.exitCode !== null)
        throw new Error(`the hub did not start:\n${said}`);
      await pause(100);
    }
    const steps = JSON.parse(await readFile(join(dataDir, 'first-steps.json'), 'utf8'));
    return { url: `${steps.url}/scim/v2`, token: steps.scimBearerToken, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
