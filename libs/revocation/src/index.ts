export {
  CAUSES_BY_TYPE,
  leavingOf,
  REVOCATION_CAUSES,
  typesOfCauses,
  txnOf,
  type RevocationCause,
} from './causes.js';
export { REVOCATION_PROTOCOLS } from './protocols/index.js';
export { EVENT_TYPES_SUPPORTED, SESSION_REVOKED } from './protocols/shared-signals/event-types.js';
export {
  reasonNotTold,
  setsOf,
  type StreamIdentity,
  type StreamWishes,
} from './protocols/shared-signals/events.js';
export {
  SET_TYPE,
  type SecurityEvent,
  type SecurityEventClaims,
} from './protocols/shared-signals/security-event-token.js';
export {
  DELIVERY_METHODS,
  POLL_DELIVERY,
  REMOVED_SUBJECTS_AT_MOST,
  PUSH_DELIVERY,
  SharedSignalsSettings,
  StreamDelivery,
  type DeliveryMethod,
} from './protocols/shared-signals/settings.js';
export { attributeOf, canonicalSubject, emailSubject, type SubjectIdentifier } from './subject.js';
