export {
  findRequest,
  findRequests,
  lastRequests,
  searchRequests,
  type LastRequest,
  type RequestFilter,
  type RequestPage,
} from './read.js';
export { OUTCOMES, type EventRun, type Outcome, type RequestRecord, type SeenRequest } from './record.js';
export { RequestLog, type RequestLogOptions } from './request-log.js';
export { Upkeep } from './upkeep.js';
