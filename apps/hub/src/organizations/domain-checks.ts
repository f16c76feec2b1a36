/** Asks DNS about domains that are to be verified, again and again, and settles them. Several hubs take turns by row. */
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Clock, Observations, sparingly } from '@app/runtime';
import { DomainTaken, OrganizationDomains, type OrganizationDomain } from '@app/tenancy';
import { HubSettings } from '../hub-settings.js';
import { DomainSetUp } from './domain-set-up.js';
import { TxtRecords } from './txt-records.js';

const LOOK_EVERY_IN_MILLISECONDS = 5_000;
/** Each is two questions. */
const DOMAINS_AT_ONCE = 20;

@Injectable()
export class DomainChecks implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly records: TxtRecords;
  private readonly complain: (where: string, error: Error) => void;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private again = false;
  private stopped = false;

  constructor(
    private readonly clock: Clock,
    private readonly domains: OrganizationDomains,
    private readonly setUp: DomainSetUp,
    @Inject(HubSettings) settings: Pick<HubSettings, 'dnsServers'>,
    observations: Observations,
  ) {
    this.records = new TxtRecords(settings.dnsServers);
    this.complain = sparingly((_where, error) => observations.warn('domains not checked', { error }));
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.look(), LOOK_EVERY_IN_MILLISECONDS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    this.records.close();
    await this.looking;
  }

  /** For domains that somebody has just made, or wants to be verified. */
  lookFor(domains: readonly Pick<OrganizationDomain, 'state'>[]): void {
    if (domains.some(({ state }) => state === 'pending')) this.look();
  }

  /** Soon, and without anybody waiting: for what has just become due. */
  look(): void {
    if (this.looking) {
      this.again = true;
      return;
    }
    this.looking = this.run()
      .catch((error: Error) => this.complain('domains', error))
      .finally(() => {
        this.looking = undefined;
        if (!this.again || this.stopped) return;
        this.again = false;
        this.look();
      });
  }

  /** Everything that is due now. */
  async run(): Promise<void> {
    while (!this.stopped) {
      const due = await this.domains.due(DOMAINS_AT_ONCE);
      if (due.length === 0) return;
      const outcomes = await Promise.allSettled(due.map((domain) => this.check(domain)));
      const trouble = outcomes.find((outcome) => outcome.status === 'rejected');
      if (trouble) throw trouble.reason;
    }
  }

  private async check(domain: OrganizationDomain): Promise<void> {
    if (await this.domains.isVerifiedElsewhere(domain)) return this.lost(domain);
    if (await this.records.say(domain.domain, domain.token)) {
      try {
        await this.setUp.isTheirs(domain.id);
      } catch (error) {
        if (!(error instanceof DomainTaken)) throw error;
        await this.lost(domain);
      }
    } else if (this.stopped) {
      return; // it was no answer, but the end of this hub
    } else if (domain.giveUpAt! <= this.clock.now()) {
      await this.setUp.giveUp(domain.id, 'domain_verification_period_expired');
    } else {
      await this.domains.checkLater(domain);
    }
  }

  private lost({ id }: OrganizationDomain): Promise<void> {
    return this.setUp.giveUp(id, 'domain_verified_by_other_organization');
  }
}
