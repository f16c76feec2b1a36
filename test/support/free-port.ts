import { createServer } from 'node:net';

/**
 * Below the ports that systems give to outgoing connections: among those, whoever calls a port that is closed just now may be
 * connected to themselves, and then whoever is to come back there finds it taken.
 */
const LOWEST = 10_000;
const HIGHEST = 32_000;
const TRIES = 50;

/** A port of this machine that nobody listens on: for programs that must know their address before they start. */
export async function freePort(): Promise<number> {
  for (let tried = 1; ; tried += 1) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    try {
      await listenOnce(port);
      return port;
    } catch (error) {
      if (tried === TRIES) throw error;
    }
  }
}

function listenOnce(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()));
  });
}
