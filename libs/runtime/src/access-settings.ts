/** The settings of who may come in, and how often. A part of the table in config.ts. */
import type { Setting } from './config.js';
import * as value from './setting-values.js';

export interface AccessConfig {
  readonly trustedProxies: readonly string[];
  readonly oauthTokenLifeInSeconds: number;
  readonly scimRatePerToken: number;
  readonly scimBurstPerToken: number;
  readonly scimRatePerDirectory: number;
  readonly scimBurstPerDirectory: number;
  readonly ssfRatePerClient: number;
  readonly ssfBurstPerClient: number;
  readonly oauthRatePerClient: number;
  readonly oauthBurstPerClient: number;
  readonly oauthRatePerAddress: number;
  readonly oauthBurstPerAddress: number;
}

const MOST = 1_000_000;

// Entra asks for at least 25 requests a second for each tenant; the defaults leave room for twenty times as many, and for
// the burst of a first synchronisation.
export const ACCESS_SETTINGS: { readonly [Field in keyof AccessConfig]: Setting<AccessConfig[Field]> } = {
  trustedProxies: {
    name: 'ROLLCALL_TRUSTED_PROXIES',
    default: '',
    sentence:
      "Networks (CIDR, separated by commas) of the proxies in front of the hub, whose `X-Forwarded-For` names a caller's " +
      'address. Without it all callers behind a proxy count as one address.',
    secret: false,
    read: value.networks,
  },
  oauthTokenLifeInSeconds: {
    name: 'ROLLCALL_OAUTH_TOKEN_LIFE_SECONDS',
    default: '3600',
    sentence: 'How long an access token of `POST /oauth/token` works.',
    secret: false,
    read: value.wholeNumber(60, 86_400),
  },
  scimRatePerToken: rate(
    'ROLLCALL_SCIM_RATE_PER_TOKEN',
    '500',
    'SCIM requests a second of one bearer token, or of one OAuth client. `0` switches the limit off.',
  ),
  scimBurstPerToken: burst('ROLLCALL_SCIM_BURST_PER_TOKEN', '10000', 'one bearer token or OAuth client'),
  scimRatePerDirectory: rate(
    'ROLLCALL_SCIM_RATE_PER_DIRECTORY',
    '1000',
    'SCIM requests a second of one directory, whatever tokens it uses. `0` switches the limit off.',
  ),
  scimBurstPerDirectory: burst('ROLLCALL_SCIM_BURST_PER_DIRECTORY', '20000', 'one directory'),
  ssfRatePerClient: rate(
    'ROLLCALL_SSF_RATE_PER_CLIENT',
    '100',
    'Requests a second to `/ssf` of one receiver, and as many polls; one that waits counts once. `0` switches the limit off.',
  ),
  ssfBurstPerClient: burst('ROLLCALL_SSF_BURST_PER_CLIENT', '2000', 'one receiver'),
  oauthRatePerClient: rate(
    'ROLLCALL_OAUTH_RATE_PER_CLIENT',
    '5',
    'Requests a second to `/oauth/token` for one client, right or wrong. `0` switches the limit off.',
  ),
  oauthBurstPerClient: burst('ROLLCALL_OAUTH_BURST_PER_CLIENT', '100', 'one OAuth client'),
  oauthRatePerAddress: rate(
    'ROLLCALL_OAUTH_RATE_PER_ADDRESS',
    '20',
    'Requests a second to `/oauth/token` from one address, right or wrong. `0` switches the limit off.',
  ),
  oauthBurstPerAddress: burst('ROLLCALL_OAUTH_BURST_PER_ADDRESS', '400', 'one address'),
};

function rate(name: string, standard: string, sentence: string): Setting<number> {
  return { name, default: standard, sentence, secret: false, read: value.wholeNumber(0, MOST) };
}

function burst(name: string, standard: string, whom: string): Setting<number> {
  const sentence = `How many such requests of ${whom} may come at once after a rest.`;
  return { name, default: standard, sentence, secret: false, read: value.wholeNumber(1, MOST) };
}
