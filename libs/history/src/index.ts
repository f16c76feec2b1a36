export { FOLLOWER as HISTORY_CHECKPOINT, followHistory, USUAL_PACE } from './follow.js';
export { forgetHistory, sweepForgotten } from './forget.js';
export { BeforeTheDirectory, momentOf, UnknownToTheLog, type AsOf, type Moment } from './moment.js';
export { EVENTS_READ_AT_MOST, HistoryBehind, Past, readHistory } from './past.js';
export { groupsThen, membershipsThen, oneThen, usersThen, withGroupsThen, type Shown } from './lists.js';
export { eventsAbout, knownToTheLog, type Known, type PositionWish } from './about.js';
export { accessIntervals, groupsAround, type AccessFilter, type Interval } from './access.js';
export { inactiveSpans, type Span } from './inactive.js';
