/**
 * The bare limit, in a process of its own: pre-made bodies, signed twice as the product signs them, posted by undici with as many
 * requests under way as the product has. No hub, no database, no queue, nothing remembered.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';

const SIGNATURE = new URL('../dist/libs/webhooks/src/signature.js', import.meta.url);

process.once('message', async ({ port, endpoints, atOnce, bodies, seconds }) => {
  const { signatureHeaders } = await import(SIGNATURE);
  const pools = endpoints.map(
    () => new Pool(`http://127.0.0.1:${port}`, { connections: atOnce, pipelining: 1 }),
  );
  let sent = 0;
  let ends = Infinity;
  const work = async (pool, { path, secret }) => {
    const signers = { shared: [{ kind: 'hmac', value: secret, expiresAt: null }], pairs: [] };
    while (performance.now() < ends) {
      const { id, body } = bodies[sent++ % bodies.length];
      const at = new Date();
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'Rollcall/bench',
        ...signatureHeaders({ id, at, body }, signers, ['v1', 'workos']),
      };
      const answer = await pool.request({ method: 'POST', path, headers, body });
      await answer.body.dump();
      if (answer.statusCode !== 204) throw new Error(`the sink answered ${answer.statusCode}`);
    }
  };
  const all = pools.flatMap((pool, index) =>
    Array.from({ length: atOnce }, () => work(pool, endpoints[index])),
  );
  await pause(1_000); // compilers are warm
  const before = { sent, at: performance.now(), cpu: process.cpuUsage() };
  ends = before.at + 1_000 * seconds;
  await Promise.all(all);
  const cpu = process.cpuUsage(before.cpu);
  const elapsed = (performance.now() - before.at) / 1_000;
  process.send({ sent: sent - before.sent, elapsed, cpuSeconds: (cpu.user + cpu.system) / 1e6 });
  await Promise.all(pools.map((pool) => pool.close()));
  process.disconnect();
});
