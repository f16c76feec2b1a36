/** The event types of security event tokens that we know, by the URIs of their specifications. */

const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';
const RISC = 'https://schemas.openid.net/secevent/risc/event-type/';
const SSF = 'https://schemas.openid.net/secevent/ssf/event-type/';
/** RFC 9967 §2.4; all in lower case. */
const SCIM = 'urn:ietf:params:scim:event:prov:';

/** OpenID Continuous Access Evaluation Profile 1.0 §3. */
export const SESSION_REVOKED = `${CAEP}session-revoked`;
export const TOKEN_CLAIMS_CHANGE = `${CAEP}token-claims-change`;
export const CREDENTIAL_CHANGE = `${CAEP}credential-change`;

/** OpenID RISC Profile 1.0 §2. */
export const ACCOUNT_DISABLED = `${RISC}account-disabled`;
export const ACCOUNT_ENABLED = `${RISC}account-enabled`;
export const ACCOUNT_PURGED = `${RISC}account-purged`;

export const SCIM_CREATED = `${SCIM}create:notice`;
export const SCIM_PATCHED = `${SCIM}patch:notice`;
export const SCIM_DEACTIVATED = `${SCIM}deactivate`;
export const SCIM_ACTIVATED = `${SCIM}activate`;
export const SCIM_DELETED = `${SCIM}delete`;

/** Those that a receiver may ask for, the urgent ones first. */
export const EVENT_TYPES_SUPPORTED: readonly string[] = [
  ...[SESSION_REVOKED, TOKEN_CLAIMS_CHANGE, CREDENTIAL_CHANGE],
  ...[ACCOUNT_DISABLED, ACCOUNT_ENABLED, ACCOUNT_PURGED],
  ...[SCIM_CREATED, SCIM_PATCHED, SCIM_DEACTIVATED, SCIM_ACTIVATED, SCIM_DELETED],
];

/** Of the stream itself: every receiver gets them, and none asks for them. Shared Signals Framework 1.0 §8.1.4, §8.1.5. */
export const VERIFICATION = `${SSF}verification`;
export const STREAM_UPDATED = `${SSF}stream-updated`;
