import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { configReference, describeConfig } from './config-description.js';
import { environment, InvalidConfig, readConfig, readSettings, SETTINGS } from './config.js';

const ROLLCALL_SECRET_KEY = Buffer.alloc(32, 7).toString('base64');
const valid = { ROLLCALL_SECRET_KEY };

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof InvalidConfig) return error.problems;
    throw error;
  }
  return [];
}

describe('the settings', () => {
  it('need nothing but the secret key', () => {
    expect(readConfig(valid)).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      publicUrl: 'http://127.0.0.1:3000',
      databaseUrl: undefined,
      databasePoolSize: 20,
      redisUrl: undefined,
      queuePrefix: 'rollcall',
      dataDir: `${process.cwd()}/.data`,
      secretKey: Buffer.alloc(32, 7),
      apiKey: undefined,
      allowedPrivateNetworks: [],
      allowedPorts: [
        { from: 80, to: 80 },
        { from: 443, to: 443 },
        { from: 1_024, to: 65_535 },
      ],
      egressProxy: undefined,
      egressProxyResolves: false,
      scimBodyLimitInBytes: 2_097_152,
      requestLogDays: 30,
      logLevel: 'info',
    });
  });

  it('cannot be changed after the start', () => {
    expect(Object.isFrozen(readConfig(valid))).toBe(true);
  });

  it('take the public address as people type it, without the slash at the end', () => {
    expect(readConfig({ ...valid, ROLLCALL_PUBLIC_URL: 'https://id.example.com/' }).publicUrl).toBe(
      'https://id.example.com',
    );
    expect(readConfig({ ...valid, HOST: '::1', PORT: '8080' }).publicUrl).toBe('http://[::1]:8080');
  });

  it('count an empty variable as absent', () => {
    expect(readConfig({ ...valid, PORT: '', REDIS_URL: ' ' })).toMatchObject({
      port: 3000,
      redisUrl: undefined,
    });
  });

  it('list every mistake at once', () => {
    const problems = problemsOf({ PORT: 'http', ROLLCALL_LOG_LEVEL: 'loud' });
    expect(problems).toEqual([
      'PORT is "http": it must be a whole number from 0 to 65535.',
      expect.stringContaining('ROLLCALL_SECRET_KEY is missing.'),
      'ROLLCALL_LOG_LEVEL is "loud": it must be one of error, warn, info, debug.',
    ]);
    expect(problems[1]).toContain('openssl rand -base64 32');
  });

  it('can be read a few at a time, before the rest is known', () => {
    expect(readSettings({ PORT: 'not read here' }, ['logLevel'])).toEqual({ logLevel: 'info' });
  });

  it('know nothing of the rest of the environment', () => {
    const known = new Set(Object.values(SETTINGS).map((setting) => setting.name));
    expect(Object.keys(environment()).filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('a wrong value stops the start', () => {
  it.each([
    ['PORT', '65536', 'a whole number from 0 to 65535'],
    ['PORT', '-1', 'a whole number'],
    ['PORT', '3e3', 'a whole number'],
    ['HOST', 'no host', 'an IP address or a host name'],
    ['ROLLCALL_PUBLIC_URL', 'rollcall.example.com', 'https://rollcall.example.com'],
    ['ROLLCALL_PUBLIC_URL', 'ftp://rollcall.example.com', 'https://rollcall.example.com'],
    ['ROLLCALL_PUBLIC_URL', 'https://example.com/?a=1', 'without user name, password, query'],
    ['DATABASE_URL', 'mysql://localhost/x', 'postgresql://'],
    ['REDIS_URL', 'localhost:6379', 'redis://host:6379'],
    ['ROLLCALL_QUEUE_PREFIX', 'Mine:1', 'small letters'],
    ['ROLLCALL_ALLOWED_PRIVATE_NETWORKS', '10.0.0.0/8, 10.0.0.300/8', 'not a network: 10.0.0.300/8'],
    ['ROLLCALL_ALLOWED_PRIVATE_NETWORKS', '10.0.0.1', 'not a network: 10.0.0.1'],
    ['ROLLCALL_ALLOWED_PORTS', '443,9000-8000', 'not a port or range: 9000-8000'],
    ['ROLLCALL_ALLOWED_PORTS', '0', 'ports from 1 to 65535'],
    ['ROLLCALL_ALLOWED_PORTS', '443,,70000', 'not a port or range: (nothing), 70000'],
    ['ROLLCALL_ALLOWED_PORTS', 'https', 'such as 443,1024-65535'],
    ['ROLLCALL_EGRESS_PROXY', 'socks5://proxy:1080', 'http://proxy.example.com:3128'],
    ['ROLLCALL_EGRESS_PROXY', 'http://proxy:3128/path', 'without path'],
    ['ROLLCALL_EGRESS_PROXY_RESOLVES', 'true', 'one of yes, no'],
    ['ROLLCALL_API_KEY', 'sk_tooshort', 'at least 20 characters'],
    ['ROLLCALL_API_KEY', 'pk_01234567890123456789', 'start with sk_'],
    ['ROLLCALL_SECRET_KEY', Buffer.alloc(31).toString('base64'), 'openssl rand -base64 32'],
    ['ROLLCALL_SECRET_KEY', `${'!'.repeat(8)}${ROLLCALL_SECRET_KEY}`, '32 bytes in base64'],
    ['ROLLCALL_SCIM_BODY_LIMIT_BYTES', '2MB', 'a whole number'],
    ['ROLLCALL_DATABASE_POOL_SIZE', '1', 'from 2 to 1000'],
    ['ROLLCALL_DATA_DIR', 'a\0b', 'the path of a folder'],
  ])('%s=%j', (name, text, hint) => {
    const problems = problemsOf({ ...valid, [name]: text });
    expect(problems).toEqual([expect.stringContaining(hint)]);
    expect(problems[0]).toContain(name);
  });

  it.each(Object.values(SETTINGS).filter((setting) => setting.secret))(
    '$name never shows its value',
    ({ name }) => {
      const [problem] = problemsOf({ ...valid, [name]: '?hunter2?' });
      expect(problem).toContain('(9 characters, not shown)');
      expect(problem).not.toContain('hunter2');
    },
  );
});

describe('the first log line', () => {
  it('shows no secret', () => {
    const described = JSON.stringify(
      describeConfig(
        readConfig({
          ...valid,
          DATABASE_URL: 'postgresql://ada:hunter2@db:5432/rollcall?password=hunter2',
          REDIS_URL: 'rediss://:hunter2@redis:6379',
          ROLLCALL_API_KEY: 'sk_hunter2_hunter2_hunter2',
          ROLLCALL_EGRESS_PROXY: 'http://ada:hunter2@proxy:3128',
        }),
      ),
    );
    expect(described).not.toContain('hunter2');
    expect(described).not.toContain(ROLLCALL_SECRET_KEY);
    expect(described).toContain('postgresql://db:5432/rollcall');
    expect(described).toContain('rediss://redis:6379');
    expect(described).toContain('http://proxy:3128');
  });
});

describe('the reference page', () => {
  it('is the table of settings; `npm run docs` writes it', () => {
    expect(readFileSync('docs/reference/configuration.md', 'utf8')).toBe(configReference());
  });

  it.each(Object.values(SETTINGS))('says what $name is', ({ name, sentence }) => {
    expect(sentence).toMatch(/^[A-Z0-9].*\.$/);
    expect(configReference()).toContain(`| \`${name}\` |`);
  });
});
