/** The hub's API, typed. A call that is missing is a few lines in `calls/`: its path, its body, its answer. */
import { consumers } from './calls/consumers.js';
import { deliveryAttempts } from './calls/deliveries.js';
import { destinations } from './calls/destinations.js';
import { directories } from './calls/directories.js';
import { events } from './calls/events.js';
import { feedTokens } from './calls/feed-tokens.js';
import { history } from './calls/history.js';
import { organizations } from './calls/organizations.js';
import { groups, users } from './calls/people.js';
import { replays } from './calls/replays.js';
import { revocations } from './calls/revocations.js';
import { signInChecks } from './calls/sign-in.js';
import { webhookEndpoints } from './calls/webhook-endpoints.js';
import { opener, sender, type Call, type ClientOptions, type Method, type Send } from './send.js';

export class RollcallClient {
  readonly events: ReturnType<typeof events>;
  readonly consumers: ReturnType<typeof consumers>;
  readonly feedTokens: ReturnType<typeof feedTokens>;
  readonly organizations: ReturnType<typeof organizations>;
  readonly directories: ReturnType<typeof directories>;
  readonly users: ReturnType<typeof users>;
  readonly groups: ReturnType<typeof groups>;
  readonly signInChecks: ReturnType<typeof signInChecks>;
  readonly history: ReturnType<typeof history>;
  readonly webhookEndpoints: ReturnType<typeof webhookEndpoints>;
  readonly destinations: ReturnType<typeof destinations>;
  readonly deliveryAttempts: ReturnType<typeof deliveryAttempts>;
  readonly replays: ReturnType<typeof replays>;
  readonly revocations: ReturnType<typeof revocations>;
  private readonly send: Send;

  constructor(options: ClientOptions) {
    const send = sender(options);
    const open = opener(options);
    this.send = send;
    this.events = events(send, open);
    this.consumers = consumers(send);
    this.feedTokens = feedTokens(send);
    this.organizations = organizations(send, open);
    this.directories = directories(send, open);
    this.users = users(send);
    this.groups = groups(send);
    this.signInChecks = signInChecks(send);
    this.history = history(send, open);
    this.webhookEndpoints = webhookEndpoints(send);
    this.destinations = destinations(send);
    this.deliveryAttempts = deliveryAttempts(send);
    this.replays = replays(send);
    this.revocations = revocations(send, open);
  }

  /** Any call of the API, also one that this release has no name for. Retried and refused as all of them. */
  request<Answer>(method: Method, path: string, call?: Call): Promise<Answer> {
    return this.send<Answer>(method, path, call);
  }
}
