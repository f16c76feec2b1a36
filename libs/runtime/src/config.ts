/** Every setting of every program, in one table: read once at the start, validated, frozen. Nothing else reads the environment. */
import { ACCESS_SETTINGS, type AccessConfig } from './access-settings.js';
import { CONSUMER_SETTINGS, type ConsumerConfig } from './consumer-settings.js';
import { DELIVERY_SETTINGS, type DeliveryConfig } from './delivery-settings.js';
import { FEED_SETTINGS, type FeedConfig } from './feed-settings.js';
import { OBSERVABILITY_SETTINGS, type ObservabilityConfig } from './observability-settings.js';
import { COMPLETENESS_SETTINGS, type CompletenessConfig } from './completeness-settings.js';
import { REQUEST_SETTINGS, type RequestConfig } from './request-settings.js';
import * as value from './setting-values.js';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

export interface Config
  extends
    AccessConfig,
    CompletenessConfig,
    ConsumerConfig,
    DeliveryConfig,
    FeedConfig,
    ObservabilityConfig,
    RequestConfig {
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string;
  readonly databaseUrl: string | undefined;
  readonly databasePoolSize: number;
  readonly redisUrl: string | undefined;
  readonly queuePrefix: string;
  readonly dataDir: string;
  readonly secretKey: Buffer;
  readonly apiKey: string | undefined;
  readonly allowedPrivateNetworks: readonly string[];
  readonly scimBodyLimitInBytes: number;
  readonly requestLogDays: number;
  readonly logLevel: LogLevel;
}

export interface Setting<Value> {
  readonly name: string;
  /** One or two sentences for the operator; they become the reference page. */
  readonly sentence: string;
  /** A secret's value is never shown, neither in a message nor in the log. */
  readonly secret: boolean;
  /** As the operator would write it. */
  readonly default?: string;
  /** A default that follows from other settings, in the words of the reference page. */
  readonly defaultInWords?: string;
  readonly required?: boolean;
  read(text: string): Value;
}

export const SETTINGS: { readonly [Field in keyof Config]: Setting<Config[Field]> } = {
  host: {
    name: 'HOST',
    default: '127.0.0.1',
    sentence: 'The address the hub listens on. `0.0.0.0` listens on every interface.',
    secret: false,
    read: value.hostName,
  },
  port: {
    name: 'PORT',
    default: '3000',
    sentence: 'The port the hub listens on. `0` lets the system choose one.',
    secret: false,
    read: value.wholeNumber(0, 65_535),
  },
  publicUrl: {
    name: 'ROLLCALL_PUBLIC_URL',
    defaultInWords: '`http://HOST:PORT`',
    sentence: 'The address under which identity providers and people reach the hub, as they type it.',
    secret: false,
    read: value.publicAddress,
  },
  databaseUrl: {
    name: 'DATABASE_URL',
    sentence:
      'PostgreSQL 15 or newer. Without it, `npm start` runs a PostgreSQL of its own under `ROLLCALL_DATA_DIR`.',
    secret: true,
    read: value.url(['postgres:', 'postgresql:'], 'postgresql://user:password@host:5432/rollcall'),
  },
  databasePoolSize: {
    name: 'ROLLCALL_DATABASE_POOL_SIZE',
    default: '20',
    sentence:
      'How many database connections one process keeps at most. Of those of a worker a quarter is kept for revocations. ' +
      'Queues on PostgreSQL take up to 16 more, those of a worker up to 32.',
    secret: false,
    read: value.wholeNumber(2, 1_000),
  },
  redisUrl: {
    name: 'REDIS_URL',
    sentence: 'Redis 6.2 or newer for the queues. Without it, the queues live in PostgreSQL.',
    secret: true,
    read: value.url(['redis:', 'rediss:'], 'redis://host:6379'),
  },
  queuePrefix: {
    name: 'ROLLCALL_QUEUE_PREFIX',
    default: 'rollcall',
    sentence: 'Keeps installations that share one Redis apart: each needs another one.',
    secret: false,
    read: value.word,
  },
  dataDir: {
    name: 'ROLLCALL_DATA_DIR',
    default: '.data',
    sentence:
      'The folder of the embedded PostgreSQL and of the secret key that `npm start` makes. ' +
      'A relative path starts at the folder the program was started in.',
    secret: false,
    read: value.folder,
  },
  secretKey: {
    name: 'ROLLCALL_SECRET_KEY',
    required: true,
    sentence:
      '32 bytes in base64 that seal the secrets of destinations in the database. ' +
      'Make one with `openssl rand -base64 32` and keep it: without it those secrets cannot be read. ' +
      'With the embedded PostgreSQL, `npm start` makes and keeps one.',
    secret: true,
    read: value.secretKey,
  },
  apiKey: {
    name: 'ROLLCALL_API_KEY',
    sentence:
      'The first API key, starting with `sk_`, at least 20 characters. Further keys are made with it.',
    secret: true,
    read: value.apiKey,
  },
  allowedPrivateNetworks: {
    name: 'ROLLCALL_ALLOWED_PRIVATE_NETWORKS',
    default: '',
    sentence:
      'Networks (CIDR, separated by commas) that destinations may be in although they are private; ' +
      'only there `http://` is allowed as well. ' +
      'With the embedded PostgreSQL, `npm start` allows `127.0.0.0/8,::1/128` unless told otherwise.',
    secret: false,
    read: value.networks,
  },
  ...REQUEST_SETTINGS,
  scimBodyLimitInBytes: {
    name: 'ROLLCALL_SCIM_BODY_LIMIT_BYTES',
    default: '2097152',
    sentence: 'The largest SCIM request that is read. The default carries a PUT of about 15,000 members.',
    secret: false,
    read: value.wholeNumber(1_024, 1_073_741_824),
  },
  ...ACCESS_SETTINGS,
  ...CONSUMER_SETTINGS,
  requestLogDays: {
    name: 'ROLLCALL_REQUEST_LOG_DAYS',
    default: '30',
    sentence:
      'How many days the requests of identity providers are kept for people to look at. ' +
      '`0` keeps none, and forgets those that were kept.',
    secret: false,
    read: value.wholeNumber(0, 400),
  },
  ...FEED_SETTINGS,
  ...COMPLETENESS_SETTINGS,
  ...DELIVERY_SETTINGS,
  logLevel: {
    name: 'ROLLCALL_LOG_LEVEL',
    default: 'info',
    sentence: 'How much is logged: `error`, `warn`, `info` or `debug`, each including the ones before it.',
    secret: false,
    read: value.oneOf('error', 'warn', 'info', 'debug'),
  },
  ...OBSERVABILITY_SETTINGS,
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** Stops a start; lists everything that is wrong at once, so that nobody mends one setting per try. */
export class InvalidConfig extends Error {
  constructor(readonly problems: readonly string[]) {
    super(
      `${problems.length === 1 ? 'A setting needs' : `${problems.length} settings need`} your attention ` +
        `(docs/reference/configuration.md describes them all):\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
    this.name = 'InvalidConfig';
  }
}

/** The settings in this process's environment and nothing else of it; a variable that is empty counts as absent. */
export function environment(): Environment {
  const names = Object.values(SETTINGS).map((setting) => setting.name);
  return Object.fromEntries(
    names.filter((name) => process.env[name]).map((name) => [name, process.env[name]]),
  );
}

/** npm, when it runs a script, is a parent that can be killed without its children hearing of it. */
export function startedByNpm(): boolean {
  return process.env.npm_lifecycle_event !== undefined;
}

/** Everything a program may be told. @throws InvalidConfig */
export function readConfig(env: Environment = environment()): Config {
  return readSettings(env, Object.keys(SETTINGS) as (keyof Config)[]);
}

/** Only the settings a step needs: the embedded start must know its folder before it can make the key. @throws InvalidConfig */
export function readSettings<Field extends keyof Config>(
  env: Environment,
  fields: readonly Field[],
): Readonly<Pick<Config, Field>> {
  const problems: string[] = [];
  const read = <Value>(setting: Setting<Value>): Value | undefined => {
    const text = env[setting.name]?.trim() || setting.default;
    if (text === undefined) {
      if (setting.required) problems.push(`${setting.name} is missing. ${setting.sentence}`);
      return undefined;
    }
    try {
      return setting.read(text);
    } catch (error) {
      if (!(error instanceof value.Unfit)) throw error;
      const seen = setting.secret ? `(${text.length} characters, not shown)` : JSON.stringify(text);
      problems.push(`${setting.name} is ${seen}: ${error.message}.`);
      return undefined;
    }
  };
  const entries = fields.map((field) => [field, read<unknown>(SETTINGS[field])] as const);
  const config = Object.fromEntries(entries) as { -readonly [Key in keyof Config]: Config[Key] };
  if ((fields as readonly string[]).includes('publicUrl') && !env[SETTINGS.publicUrl.name]?.trim()) {
    const host = read(SETTINGS.host) ?? '';
    config.publicUrl = `http://${host.includes(':') ? `[${host}]` : host}:${read(SETTINGS.port)}`;
  }
  if (problems.length > 0) throw new InvalidConfig([...new Set(problems)]);
  return Object.freeze(config);
}
