/** The settings told to people: the redacted first log line, and the reference page made from the table. */
import { SETTINGS, type Config, type Setting } from './config.js';

/** What a program was told, fit for a log: a secret is only `set` or `not set`, an address loses its credentials. */
export function describeConfig(config: Config): Record<string, unknown> {
  return {
    host: config.host,
    port: config.port,
    publicUrl: config.publicUrl,
    database: withoutCredentials(config.databaseUrl),
    databasePoolSize: config.databasePoolSize,
    queues: withoutCredentials(config.redisUrl) ?? 'in the database',
    dataDir: config.dataDir,
    secretKey: config.secretKey ? 'set' : 'not set',
    apiKey: config.apiKey ? 'set' : 'not set',
    allowedPrivateNetworks: config.allowedPrivateNetworks,
    allowedPorts: config.allowedPorts
      .map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`))
      .join(','),
    egressProxy: withoutCredentials(config.egressProxy) ?? 'none',
    egressProxyResolves: config.egressProxyResolves,
    scimBodyLimitInBytes: config.scimBodyLimitInBytes,
    trustedProxies: config.trustedProxies,
    oauthTokenLifeInSeconds: config.oauthTokenLifeInSeconds,
    ratesPerSecond: {
      scimToken: config.scimRatePerToken,
      scimDirectory: config.scimRatePerDirectory,
      oauthClient: config.oauthRatePerClient,
      oauthAddress: config.oauthRatePerAddress,
    },
    dnsServers: config.dnsServers.join(',') || 'of the system',
    requestLogDays: config.requestLogDays,
    deliveryAttemptDays: config.deliveryAttemptDays,
    metrics: config.metricsPort === undefined ? 'off' : `${config.metricsHost}:${config.metricsPort}`,
    traces: withoutCredentials(config.traceEndpoint) ?? 'off',
    logLevel: config.logLevel,
  };
}

/** The text of docs/reference/configuration.md. */
export function configReference(): string {
  const settings: Setting<unknown>[] = Object.values(SETTINGS);
  return `${[
    '# Configuration',
    '',
    'Every setting is an environment variable, read once when a program starts. A wrong value stops the start and',
    'says what to do; all mistakes are listed at once. This page is generated: `npm run docs` writes it.',
    '',
    '| setting | default | what it is |',
    '| --- | --- | --- |',
    ...settings.map(
      (setting) => `| \`${setting.name}\` | ${defaultOf(setting)} | ${setting.sentence}${secrecy(setting)} |`,
    ),
    '',
    'The values of secret settings appear in no log and no message.',
  ].join('\n')}\n`;
}

function defaultOf(setting: Setting<unknown>): string {
  if (setting.required) return '**required**';
  if (setting.defaultInWords) return setting.defaultInWords;
  return setting.default ? `\`${setting.default}\`` : '(none)';
}

function secrecy(setting: Setting<unknown>): string {
  return setting.secret ? ' Secret.' : '';
}

/** Host, port and path say enough; user, password and parameters (which may hold a password too) are left out. */
function withoutCredentials(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
