/** How often callers may come and how long access tokens live, as a class so that Nest can inject it. */
import type { Config, Rate } from '@app/runtime';

export interface AccessRates {
  token: Rate;
  directory: Rate;
  client: Rate;
  receiver: Rate;
  address: Rate;
}

export class AccessSettings {
  constructor(
    readonly rates: AccessRates,
    readonly oauthTokenLifeInSeconds: number,
  ) {}

  static of(config: Config): AccessSettings {
    const rates: AccessRates = {
      token: { perSecond: config.scimRatePerToken, burst: config.scimBurstPerToken },
      directory: { perSecond: config.scimRatePerDirectory, burst: config.scimBurstPerDirectory },
      receiver: { perSecond: config.ssfRatePerClient, burst: config.ssfBurstPerClient },
      client: { perSecond: config.oauthRatePerClient, burst: config.oauthBurstPerClient },
      address: { perSecond: config.oauthRatePerAddress, burst: config.oauthBurstPerAddress },
    };
    return new AccessSettings(rates, config.oauthTokenLifeInSeconds);
  }
}
