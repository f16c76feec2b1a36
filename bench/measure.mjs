import { Client } from 'undici';

/**
 * Keeps `connections` requests in flight for `seconds`, each on a connection of its own.
 * @param {(n: number) => object} next makes the n-th request
 * @param {(answer: string) => void} [keep] gets each answer's body; without it bodies are not even collected
 * @throws when an answer has another status than `expect`: a benchmark of refusals says nothing
 */
export async function measure({ origin, connections, seconds, next, expect = 200, keep }) {
  const clients = Array.from({ length: connections }, () => new Client(origin, { pipelining: 1 }));
  const times = [];
  const start = performance.now();
  const end = start + seconds * 1_000;
  let n = 0;
  const work = async (client) => {
    while (performance.now() < end) {
      const request = next(n++);
      const before = performance.now();
      const { status, text } = await exchange(client, request, keep !== undefined || n === 1);
      times.push(performance.now() - before);
      if (status !== expect)
        throw new Error(
          `${request.method} ${request.path}: expected ${expect}, got ${status}: ${text.slice(0, 500)}`,
        );
      keep?.(text);
    }
  };
  try {
    await Promise.all(clients.map(work));
  } finally {
    await Promise.all(clients.map((client) => client.destroy()));
  }
  const elapsed = (performance.now() - start) / 1_000;
  times.sort((a, b) => a - b);
  const at = (share) =>
    Math.round(100 * times[Math.min(times.length - 1, Math.floor(times.length * share))]) / 100;
  return { perSecond: Math.round(times.length / elapsed), p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** As little work as the client can do: it shares the machine with what it measures. */
function exchange(client, request, collect) {
  return new Promise((resolve, reject) => {
    let status = 0;
    let text = '';
    client.dispatch(request, {
      onConnect() {},
      onHeaders(statusCode) {
        status = statusCode;
        return true;
      },
      onData(chunk) {
        if (collect || status >= 400) text += chunk.toString();
        return true;
      },
      onComplete() {
        resolve({ status, text });
      },
      onError: reject,
    });
  });
}
