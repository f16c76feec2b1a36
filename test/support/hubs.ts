/** Several hubs on one database, as behind a load balancer. */
import { randomBytes } from 'node:crypto';
import { freshDatabase } from './database.js';
import { freePort } from './free-port.js';
import { TestHub } from './hub.js';
import { runProgram } from './program.js';

export interface TestHubs {
  hubs: TestHub[];
  databaseUrl: string;
  /** Everything that they have said so far. */
  output(): string;
  close(): Promise<void>;
}

/** @param settings of all of them; the address that people know is the first one's. */
export async function startHubs(count: number, settings: Record<string, string> = {}): Promise<TestHubs> {
  const fresh = await freshDatabase();
  const apiKey = `sk_${randomBytes(24).toString('hex')}`;
  const secretKey = randomBytes(32).toString('base64');
  const ports = await Promise.all(Array.from({ length: count }, () => freePort()));
  const url = (port: number | undefined): string => `http://127.0.0.1:${port}`;
  const programs = ports.map((port) =>
    runProgram('hub', {
      DATABASE_URL: fresh.url,
      PORT: String(port),
      ROLLCALL_PUBLIC_URL: url(ports[0]),
      ROLLCALL_SECRET_KEY: secretKey,
      ROLLCALL_API_KEY: apiKey,
      ...settings,
    }),
  );
  await Promise.all(programs.map((program) => program.ready));
  const hubs = ports.map((port) => TestHub.at(url(port), apiKey));
  return {
    hubs,
    databaseUrl: fresh.url,
    output: () => programs.map((program) => program.output()).join(''),
    close: async () => {
      await Promise.all(hubs.map((hub) => hub.close()));
      await Promise.all(programs.map((program) => program.stop()));
      await fresh.drop();
    },
  };
}
