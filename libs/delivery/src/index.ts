export { AddressGuard, checkDestinationUrl, ForbiddenAddress, UnsuitableUrl } from './address-guard.js';
export type { AddressGuardOptions, Resolve, UrlProblem } from './address-guard.js';
export { isSuccess, refused, retryAfterInSeconds } from './answer.js';
export { beginDelivery, reorderDelivery, resumeDelivery, rewindDelivery } from './begin.js';
export { concerns, DestinationFilter, namesType } from './filter.js';
export { DEFAULT_MANNER, DeliveryOptions, mannerOf, type Manner } from './options.js';
export { ORDERINGS, type Ordering } from './order.js';
export { ENGINE_LIMITS, type Engine, type EngineLimits } from './engine.js';
export {
  listAttempts,
  listParked,
  standingOf,
  type DeliveryAttempt,
  type DestinationStanding,
  type ParkedDelivery,
} from './overview.js';
export { InvalidSettings, parseSettings, type SettingsProblem } from './parse-settings.js';
export { repeatDelivery } from './parked.js';
export {
  protocolsByName,
  type ComposeContext,
  type HttpAnswer,
  type HttpRequest,
  type Impossible,
  type Message,
  type OpenedSecret,
  type Outcome,
  type Protocol,
  type Protocols,
  type Refused,
  type SecretKind,
  type Urgency,
  type Wishes,
} from './protocol.js';
export { pump, type PumpReport } from './pump.js';
export { nextStep, RETRY_POLICIES, type Next, type RetryPolicy } from './retry-policy.js';
export { route, ROUTER_CHECKPOINT, type RouteReport } from './route.js';
export { HttpSender, type Exchange, type Send, type SenderOptions } from './send.js';
export { SettingsShelf } from './settings-shelf.js';
export { forgetAttempts, sweep, type SweepReport } from './sweep.js';
export { Bell, ERRAND_QUEUES, Errands, WAKE_QUEUE, type ErrandTicket } from './tickets.js';
