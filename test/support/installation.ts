/** A hub and its workers on a database of their own, each a process, as an operator would have them. */
import { randomBytes } from 'node:crypto';
import { freshDatabase } from './database.js';
import { freePort } from './free-port.js';
import { TestHub } from './hub.js';
import { runProgram, type RunningProgram } from './program.js';

export interface Installation {
  hub: TestHub;
  databaseUrl: string;
  /** The hub first. */
  programs: [RunningProgram, ...RunningProgram[]];
  close(): Promise<void>;
}

export interface InstallationWish {
  workers?: number;
  /** Settings beyond what it needs. */
  settings?: Record<string, string>;
}

/** Destinations may be on this machine. */
export async function startInstallation({
  workers = 1,
  settings = {},
}: InstallationWish = {}): Promise<Installation> {
  const database = await freshDatabase();
  const port = await freePort();
  const apiKey = `sk_${randomBytes(24).toString('hex')}`;
  const env = {
    DATABASE_URL: database.url,
    PORT: String(port),
    ROLLCALL_API_KEY: apiKey,
    ROLLCALL_SECRET_KEY: randomBytes(32).toString('base64'),
    ROLLCALL_ALLOWED_PRIVATE_NETWORKS: '127.0.0.0/8',
    ...settings,
  };
  const hub = TestHub.at(`http://127.0.0.1:${port}`, apiKey);
  const ofWorkers = Array.from({ length: workers }, () => runProgram('worker', env));
  const programs: Installation['programs'] = [runProgram('hub', env), ...ofWorkers];
  const close = async (): Promise<void> => {
    await hub.close();
    await Promise.all(programs.map((program) => program.stop()));
    await database.drop();
  };
  try {
    await Promise.all(programs.map((program) => program.ready));
  } catch (error) {
    await close();
    throw error;
  }
  return { hub, databaseUrl: database.url, programs, close };
}
