export { admin, type Admin } from './admin.js';
export { emptyDatabase, freshDatabase, type FreshDatabase } from './database.js';
export { eventually } from './eventually.js';
export { freePort } from './free-port.js';
export { plansOf } from './plans.js';
export { runProgram, type RunningProgram } from './program.js';
export { describeWithRedis, startRedis, type TestRedis } from './redis.js';
export { Sink, type Answer, type ReceivedRequest } from './sink.js';
export { asInEventsApi } from './webhook-body.js';
