/** The first words of the reference. */
export const INTRODUCTION = `The API of a self-hosted directory-sync hub: identity providers push people and groups in by SCIM, and applications learn of
every change by ordered events, signed webhooks and session revocations.

**Authorization.** Send \`Authorization: Bearer sk_…\`. The first key is the setting \`ROLLCALL_API_KEY\`, which \`npm start\` prints;
\`POST /admin_api_keys\` makes others. Some routes take a token that may do less; each says which.

**Lists** answer \`data\` and \`list_metadata\`, whose \`after\` goes into the next request until it is null. At most 100 at a time,
events 1,000.

**Errors** answer \`message\` for people and \`code\` for programs, with \`errors\` where single fields are wrong. A refused request has
changed nothing and made no event. \`docs/reference/errors.md\` has every code.

**Repeating.** A POST with an \`Idempotency-Key\` is done once, however often it is sent. Where an answer has \`Retry-After\`, wait so many
seconds and send the same request again.

**Every answer** has \`X-Request-ID\`, under which the log has what happened.

The routes that WorkOS Directory Sync has are here under the same paths, with the same forms. SCIM 2.0 is at
\`/scim/v2/{directory_id}\` and describes itself there.`;
