/** `docs/reference/errors.md`: every code that an answer can have. Pure. */
import { FIELD_CODES, OAUTH_CODES, REFUSAL_GROUPS, SCIM_TYPES, type Refusals } from './refusals/index.js';

const HEAD = `# Errors

Every code that Rollcall answers with. Codes do not change; messages may. This page is generated: \`npm run docs\` writes
it, and a test holds it against the code, both ways.

Every answer has \`X-Request-ID\`; the log has what happened under it. Where an answer has \`Retry-After\`, wait so many
seconds and send the same request again. **A refused request has changed nothing and made no event.**

## The consumer and admin API

\`\`\`json
{
  "message": "Validation failed: name should not be empty.",
  "code": "invalid_request_parameters",
  "errors": [{ "field": "name", "code": "invalid_is_not_empty", "message": "name should not be empty" }]
}
\`\`\`

\`code\` is for programs, \`message\` for people. \`errors\` is there where single fields are wrong, \`restart\` where a cursor
of the events is refused. The form is WorkOS', so that its SDKs understand it; there is no link to this page in it.
`;

const FIELDS = `### Single fields

In \`errors\`, with \`invalid_request_parameters\` unless another code says more.

| code | meaning |
| --- | --- |
`;

const SCIM = `## SCIM

\`\`\`json
{
  "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
  "status": "409",
  "scimType": "uniqueness",
  "detail": "userName is in use by directory_user_01… in this directory. Update that user, or choose another userName."
}
\`\`\`

\`scimType\` is there where RFC 7644 has one for the case. Statuses without one: 401 (no valid token; \`WWW-Authenticate\` says
which way), 403, 404, 405 (\`Allow\` says what is possible), 406, 412 (somebody else changed the resource), 413, 415, 429 and 503
(\`Retry-After\` says when), 500. SCIM 1.1 answers with \`Errors\`, and without \`scimType\`.

`;

const OAUTH = `## OAuth

At \`/oauth/token\`, as RFC 6749 §5.2 says: \`{"error": "invalid_client", "error_description": "…"}\`.

`;

export function errorsReference(): string {
  const groups = Object.entries(REFUSAL_GROUPS).map(
    ([name, rows]) => `### ${name}\n\n${table('code', rows)}`,
  );
  const fields = Object.entries(FIELD_CODES).map(([code, means]) => `| \`${code}\` | ${means} |\n`);
  return [
    HEAD,
    ...groups,
    FIELDS + fields.join(''),
    SCIM + table('scimType', SCIM_TYPES),
    OAUTH + table('error', OAUTH_CODES),
  ].join('\n');
}

function table(name: string, rows: Refusals): string {
  const lines = Object.entries(rows).map(
    ([code, { status, means, remedy }]) => `| \`${code}\` | ${status.join(', ')} | ${means} | ${remedy} |\n`,
  );
  return `| ${name} | status | meaning | what to do |\n| --- | --- | --- | --- |\n${lines.join('')}`;
}
