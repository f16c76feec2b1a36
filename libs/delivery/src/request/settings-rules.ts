/** What the settings `request` of a destination may be. */
import {
  CERTIFICATES_AT_MOST_IN_CHARACTERS,
  certificatesOf,
  PRIVATE_KEY_AT_MOST_IN_CHARACTERS,
  refuseExpired,
  refuseMismatch,
  UnfitPem,
} from './certificates.js';
import { headerProblems } from './header-rules.js';

export interface RequestProblem {
  /** With dots, below `request`. */
  field: string;
  message: string;
}

/** What may be in it, and how long each text may be. */
const MEMBERS = ['headers', 'oauth', 'client_certificate', 'certificate_authority'];
const OAUTH_TEXTS: Record<string, number> = {
  token_url: 2_048,
  client_id: 1_024,
  client_secret: 4_096,
  scope: 2_048,
  audience: 2_048,
};
const OAUTH_REQUIRED = ['token_url', 'client_id', 'client_secret'];
export const AUTHENTICATIONS = ['client_secret_basic', 'client_secret_post'];
const CERTIFICATE_TEXTS: Record<string, number> = {
  certificate: CERTIFICATES_AT_MOST_IN_CHARACTERS,
  private_key: PRIVATE_KEY_AT_MOST_IN_CHARACTERS,
};

/** Every reason why these settings will not do; none when they will. */
export function requestProblems(settings: Record<string, unknown>, now: Date): RequestProblem[] {
  const { headers, oauth, client_certificate: own, certificate_authority: authority } = settings;
  const problems = unknownIn(settings, MEMBERS, '');
  if (headers !== undefined) problems.push(...objectProblems('headers', headers, headerProblems));
  if (oauth !== undefined) problems.push(...objectProblems('oauth', oauth, oauthProblems));
  if (own !== undefined)
    problems.push(...objectProblems('client_certificate', own, (given) => certificateProblems(given, now)));
  if (authority !== undefined) problems.push(...authorityProblems(authority, now));
  const names = isObject(headers) ? Object.keys(headers).map((name) => name.toLowerCase()) : [];
  if (oauth !== undefined && names.includes('authorization'))
    problems.push({
      field: 'headers.Authorization',
      message: 'it cannot be there together with oauth, which sets it',
    });
  return problems;
}

function objectProblems(
  field: string,
  value: unknown,
  check: (value: Record<string, unknown>) => RequestProblem[],
): RequestProblem[] {
  return isObject(value)
    ? check(value)
    : [{ field, message: 'it must be a JSON object, or null to remove it' }];
}

function unknownIn(value: object, known: readonly string[], before: string): RequestProblem[] {
  const unknown = Object.keys(value).filter((name) => !known.includes(name));
  return unknown.map((name) => ({
    field: before + name,
    message: `there is no such member; known: ${known.join(', ')}`,
  }));
}

function oauthProblems(oauth: Record<string, unknown>): RequestProblem[] {
  const { authentication } = oauth;
  const problems = [
    ...unknownIn(oauth, [...Object.keys(OAUTH_TEXTS), 'authentication'], 'oauth.'),
    ...textProblems(oauth, OAUTH_TEXTS, { required: OAUTH_REQUIRED, before: 'oauth.' }),
  ];
  if (authentication !== undefined && !AUTHENTICATIONS.includes(authentication as string))
    problems.push({
      field: 'oauth.authentication',
      message: `it must be one of ${AUTHENTICATIONS.join(', ')}`,
    });
  return problems;
}

function certificateProblems(given: Record<string, unknown>, now: Date): RequestProblem[] {
  const names = Object.keys(CERTIFICATE_TEXTS);
  const before = 'client_certificate.';
  const problems = [
    ...unknownIn(given, names, before),
    ...textProblems(given, CERTIFICATE_TEXTS, { required: names, before }),
  ];
  if (problems.length > 0) return problems;
  const { certificate, private_key } = given as { certificate: string; private_key: string };
  const unfit = unfitness(`${before}certificate`, () =>
    refuseExpired(certificatesOf(certificate).slice(0, 1), now),
  );
  return unfit.length > 0
    ? unfit
    : unfitness(`${before}private_key`, () => refuseMismatch(certificate, private_key));
}

function authorityProblems(authority: unknown, now: Date): RequestProblem[] {
  const field = 'certificate_authority';
  const problems = textProblems(
    { [field]: authority },
    { [field]: CERTIFICATES_AT_MOST_IN_CHARACTERS },
    { required: [field], before: '' },
  );
  return problems.length > 0
    ? problems
    : unfitness(field, () => refuseExpired(certificatesOf(authority as string), now));
}

function textProblems(
  given: Record<string, unknown>,
  limits: Record<string, number>,
  { required, before }: { required: readonly string[]; before: string },
): RequestProblem[] {
  return Object.entries(limits).flatMap(([name, limit]) => {
    const value = given[name];
    if (value === undefined && !required.includes(name)) return [];
    const isFine =
      typeof value === 'string' && value.length > 0 && value.length <= limit && !value.includes('\u0000');
    return isFine ? [] : [{ field: before + name, message: `it must be a text of 1 to ${limit} characters` }];
  });
}

function unfitness(field: string, check: () => void): RequestProblem[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof UnfitPem) return [{ field, message: error.message }];
    throw error;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
