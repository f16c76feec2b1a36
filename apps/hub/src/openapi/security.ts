/** How callers show who they are, and on which routes in which way. Pure. */

export const SECURITY_SCHEMES = {
  api_key: {
    type: 'http',
    scheme: 'bearer',
    description:
      "An API key, `sk_…`. The operator's first one is the setting `ROLLCALL_API_KEY` (`npm start` prints it); others are made with `POST /admin_api_keys`.",
  },
  feed_token: {
    type: 'http',
    scheme: 'bearer',
    description: 'A feed token, `feed_…`: reads events and nothing else. Made with `POST /feed_tokens`.',
  },
  access_token: {
    type: 'oauth2',
    description:
      'For receivers of security events. A client of `POST /ssf/clients` asks for it at `/oauth/token`.',
    flows: {
      clientCredentials: {
        tokenUrl: '/oauth/token',
        scopes: { 'ssf.read': 'Look at streams, and poll them.', 'ssf.manage': 'Make and change streams.' },
      },
    },
  },
  client: {
    type: 'http',
    scheme: 'basic',
    description: "An OAuth client's id and secret; or either in the form, or a signed assertion.",
  },
} as const;

export type Kind = 'key' | 'feed' | 'ssf' | 'oauth' | 'open';

const FEED =
  /^\/(events(\/stream)?|consumers\/\{name\}(\/(events|ack))?|(directories|organizations)\/\{id\}\/(snapshot|digest|compare))$/;
const SSF = /^\/ssf\/(stream|status|subjects|verification|poll)/;

/** @param open nobody has to say who they are, or they say it otherwise than by an API key. */
export function kindOf(method: string, path: string, open: boolean): Kind {
  if (path === '/oauth/token') return 'oauth';
  if (SSF.test(path)) return 'ssf';
  if (open) return 'open';
  return FEED.test(path) && !(method === 'delete') ? 'feed' : 'key';
}

/** @returns the ways that there are, any one of which will do; none: nobody has to show anything. */
export function securityOf(kind: Kind, description: string): Record<string, string[]>[] {
  switch (kind) {
    case 'key':
      return [{ api_key: [] }];
    case 'feed':
      return [{ api_key: [] }, { feed_token: [] }];
    case 'ssf':
      return [{ access_token: [/`(ssf\.\w+)`/.exec(description)?.[1] ?? 'ssf.manage'] }, { api_key: [] }];
    case 'oauth':
      return [{ client: [] }, {}];
    case 'open':
      return [];
  }
}
