export {
  AddressGuard,
  checkDestinationUrl,
  ForbiddenAddress,
  ForbiddenPort,
  UnsuitableUrl,
} from './address-guard.js';
export type { AddressGuardOptions, Resolve, UrlProblem } from './address-guard.js';
export { isSuccess, refused, retryAfterInSeconds } from './answer.js';
export { BACKLOG_THRESHOLD, watchBacklogs, type BacklogThreshold } from './backlog.js';
export {
  beginDelivery,
  forgetHeld,
  holdDelivery,
  reorderDelivery,
  resumeDelivery,
  rewindDelivery,
  toldUntil,
} from './begin.js';
export { Bell, WAKE_QUEUES } from './bell.js';
export { DEFAULT_SIGNING_ALGORITHM, SIGNING_ALGORITHMS, type SigningAlgorithm } from './protocol.js';
export { concerns, DestinationFilter, namesType } from './filter.js';
export { DEFAULT_MANNER, DeliveryOptions, mannerOf, type Manner } from './options.js';
export { ORDERINGS, type Ordering } from './order.js';
export { Holdings } from './holdings.js';
export { ENGINE_LIMITS, type AttemptKeeping, type Engine, type EngineLimits } from './engine.js';
export { eventsAbout } from './attempts/about-subject.js';
export {
  findAttempt,
  listAttempts,
  NotAnAttempt,
  searchAttempts,
  type Attempt,
  type AttemptFilter,
} from './attempts/read.js';
export { ATTEMPT_KINDS, OUTCOME_KINDS, type AttemptKind, type AttemptRecord } from './attempts/record.js';
export { AttemptUpkeep } from './attempts/upkeep.js';
export { announce, destinationFacts } from './announce.js';
export { wanted, type Receiver } from './source.js';
export { isReceipted } from './current-work.js';
export { giveUpParked, retryManyParked, retryParked } from './decide-parked.js';
export { deliveriesOf, deliveriesOfAll, type EventDelivery } from './event-deliveries.js';
export { DELIVERY_GAUGES, readDeliveryGauges } from './gauges.js';
export { watchRevocations } from './overdue.js';
export { readReceiptGauges, RECEIPT_GAUGES } from './receipt-gauges.js';
export {
  listReceipts,
  positionsBetween,
  RECEIPT_STATES,
  receiptsAt,
  searchReceipts,
  type Receipt,
  type Receipted,
  type ReceiptFilter,
  type ReceiptState,
} from './receipt-reading.js';
export { LAG_COUNTED, standingOf, type DestinationStanding } from './overview.js';
export {
  findParked,
  listParked,
  PARKED_STATES,
  type Decision,
  type ParkedDelivery,
  type ParkedState,
} from './parked-overview.js';
export { InvalidSettings, parseSettings, type SettingsProblem } from './parse-settings.js';
export {
  protocolsByName,
  URGENCIES,
  type Composed,
  type ComposeContext,
  type History,
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
  type Sign,
  type SigningOptions,
  type Urgency,
  type Wishes,
} from './protocol.js';
export type { PersonalName } from './namesakes.js';
export type { Place } from './place.js';
export { lastWord } from './last-word.js';
export { lockPulled, readPulled, settlePulled, type PulledEnd } from './pulled.js';
export { pump, type PumpReport } from './pump.js';
export { nextStep, policyOf, RETRY_POLICIES, type Next, type RetryPolicy } from './retry-policy.js';
export { countReplay, type Count } from './replay/count.js';
export {
  createReplay,
  findReplay,
  listReplays,
  noteTotal,
  ReplayRunning,
  resumeReplay,
  runningReplay,
  stopReplay,
  type NewReplay,
  type Replay,
} from './replay/replays.js';
export { ReplaySelection } from './replay/selection.js';
export { isAboutPeople } from './order.js';
export { route, ROUTER_CHECKPOINTS, type RouteReport } from './route.js';
export type { Access } from './request/access.js';
export { changedRequest, InvalidRequest, shownRequest, type RequestSettings } from './request/settings.js';
export { HttpSender, type Exchange, type Send, type SenderOptions } from './send.js';
export { SettingsShelf } from './settings-shelf.js';
export { meaningOf, STATUS_TABLE, type StatusMeaning } from './status-table.js';
export { Rota } from './rota.js';
export { sweep, type SweepReport } from './sweep.js';
export {
  askForTest,
  findTest,
  forgottenTests,
  runTest,
  TEST_QUEUE,
  TestTickets,
  type DeliveryTest,
  type TestTicket,
} from './test-delivery.js';
export { ERRAND_QUEUES, Errands, LANES, type Errand, type ErrandTicket, type Lane } from './tickets.js';
export { takeTurn } from './watch-turn.js';
