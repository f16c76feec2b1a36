import { Pool } from 'undici';

/**
 * Keeps `connections` requests in flight for `seconds`.
 * @param {(n: number) => object} next makes the n-th request
 * @throws when an answer has another status than `expect`: a benchmark of refusals says nothing
 */
export async function measure({ origin, connections, seconds, next, expect = 200, keep }) {
  const pool = new Pool(origin, { connections, pipelining: 1 });
  const times = [];
  const start = performance.now();
  const end = start + seconds * 1_000;
  let n = 0;
  const client = async () => {
    while (performance.now() < end) {
      const before = performance.now();
      const { statusCode, body } = await pool.request(next(n++));
      const text = await body.text();
      times.push(performance.now() - before);
      if (statusCode !== expect)
        throw new Error(`expected ${expect}, got ${statusCode}: ${text.slice(0, 500)}`);
      keep?.(text);
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, client));
  } finally {
    await pool.destroy();
  }
  const elapsed = (performance.now() - start) / 1_000;
  times.sort((a, b) => a - b);
  const at = (share) =>
    Math.round(100 * times[Math.min(times.length - 1, Math.floor(times.length * share))]) / 100;
  return { perSecond: Math.round(times.length / elapsed), p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
