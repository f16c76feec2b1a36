export { Clock } from './clock.js';
export { Database, statementsOf, type Tx, type DatabaseOptions } from './database.js';
export { crockford, fromCrockford, newId } from './identifiers.js';
export { assertMigrated, migrate, packageRoot, SchemaBehind } from './migrations.js';
export { Queues, type QueuesOptions, type TicketQueue } from './queues.js';
export { Sealing, SealBroken } from './sealing.js';
