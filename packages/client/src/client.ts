/** The hub's API, typed. A call that is missing is a few lines in `calls/`: its path, its body, its answer. */
import { destinations, webhookEndpoints } from './calls/destinations.js';
import { directories } from './calls/directories.js';
import { events } from './calls/events.js';
import { organizations } from './calls/organizations.js';
import { groups, users } from './calls/people.js';
import { replays } from './calls/replays.js';
import { sender, type Call, type ClientOptions, type Method, type Send } from './send.js';

export class RollcallClient {
  readonly events: ReturnType<typeof events>;
  readonly organizations: ReturnType<typeof organizations>;
  readonly directories: ReturnType<typeof directories>;
  readonly users: ReturnType<typeof users>;
  readonly groups: ReturnType<typeof groups>;
  readonly webhookEndpoints: ReturnType<typeof webhookEndpoints>;
  readonly destinations: ReturnType<typeof destinations>;
  readonly replays: ReturnType<typeof replays>;
  private readonly send: Send;

  constructor(options: ClientOptions) {
    const send = sender(options);
    this.send = send;
    this.events = events(send);
    this.organizations = organizations(send);
    this.directories = directories(send);
    this.users = users(send);
    this.groups = groups(send);
    this.webhookEndpoints = webhookEndpoints(send);
    this.destinations = destinations(send);
    this.replays = replays(send);
  }

  /** Any call of the API, also one that this release has no name for. Retried and refused as all of them. */
  request<Answer>(method: Method, path: string, call?: Call): Promise<Answer> {
    return this.send<Answer>(method, path, call);
  }
}
