import { createServer } from 'node:net';

const PORTS_TO_TRY = 50;

/** The port given, or the next one that nobody listens on. */
export async function freePortFrom(port: number, host: string): Promise<number> {
  if (port === 0) return port;
  for (let tried = port; tried < port + PORTS_TO_TRY && tried <= 65_535; tried += 1) {
    if (await isFree(tried, host)) return tried;
  }
  throw new Error(`The ports from ${port} on are all taken. Set PORT to a free one.`);
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else
        reject(
          new Error(`HOST ${host} with PORT ${port} cannot be listened on: ${error.message}`, {
            cause: error,
          }),
        );
    });
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
