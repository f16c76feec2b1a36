/**
 * Loaded into a worker before its programs (`node --import`): counts what it asks of PostgreSQL, for deliveries and for
 * the queue, and says what it has cost. */
import pg from 'pg';

const counts = { engine: 0, queue: 0 };
const { query } = pg.Client.prototype;
pg.Client.prototype.query = function counted(...values) {
  const { application_name: name = '' } = this.connectionParameters;
  counts[name.includes('queue') ? 'queue' : 'engine'] += 1;
  return query.apply(this, values);
};

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send({ ...counts, cpuSeconds: (user + system) / 1e6 });
});
process.channel?.unref();
