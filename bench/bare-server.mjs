import { createServer } from 'node:http';

/** The ceiling: Node's own HTTP server, in a process-wide event loop shared with the client, answering a constant. */
export async function bareServer() {
  const body = JSON.stringify({ ok: true });
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}
