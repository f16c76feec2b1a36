/** Who is in the play: the destinations of a run, each with its own way of being difficult. */
import type { Dice } from '../fuzz/dice.js';
import type { Behaviour } from './exchange.js';
import type { Receiver } from './receivers.js';
import type { DestinationFacts, RevocationProtocol } from './recording.js';

export const ORGANIZATIONS = 3;

export interface Role extends Receiver {
  protocol: DestinationFacts['protocol'];
  /** Which of the organizations; null: all of them. */
  organization: number | null;
  /** Empty: all of them. */
  eventTypes: string[];
  healthy: boolean;
  /** It is not called: it polls. */
  polls?: true;
  /** Its options, as the API takes them. */
  delivery?: Record<string, unknown>;
}

/** People whose names begin so are refused by one receiver for as long as the run is bad. */
export const POISONOUS = 'poison';

const MEMBERSHIPS = ['dsync.group.user_added', 'dsync.group.user_removed'];
/** So long a receiver is well, so long it is not. */
const FLAPS_EVERY_IN_MILLISECONDS = 3_000;

export function castOf(dice: Dice, redirects: () => string[]): Role[] {
  const began = Date.now();
  const isDown = (): boolean => Math.floor((Date.now() - began) / FLAPS_EVERY_IN_MILLISECONDS) % 2 === 1;
  const flapping: Behaviour = (exchange) => (isDown() ? exchange.refuse(500) : exchange.accept());
  const limiting: Behaviour = (exchange) =>
    dice.chance(0.3) ? exchange.refuse(429, { 'retry-after': '1' }) : exchange.accept();
  const poisonable: Behaviour = (exchange) =>
    exchange.about.person.startsWith(POISONOUS) ? exchange.refuse(400) : exchange.accept();
  const astray: Behaviour = (exchange) => exchange.refuse(307, { location: dice.pick(redirects()) });
  return [
    healthy('healthy 1', 0, (exchange) => exchange.accept()),
    healthy('healthy 2', 1, (exchange) => exchange.accept()),
    healthy('healthy, of all organizations', null, (exchange) => exchange.accept(20 + dice.below(40))),
    healthy('healthy, memberships only', 0, (exchange) => exchange.accept(), MEMBERSHIPS),
    { ...bad('slow', 0, (exchange) => exchange.accept(60)), delivery: { max_in_flight: 3 } },
    {
      ...bad('slow, strictly in order', 1, (exchange) => exchange.accept(20)),
      delivery: { ordering: 'directory' },
    },
    { ...bad('flaps, in any order', 2, flapping), delivery: { ordering: 'none', max_in_flight: 16 } },
    bad('never answers', 0, (exchange) => exchange.hang()),
    bad('drips', 1, (exchange) => exchange.drip()),
    bad('breaks off', 1, (exchange) => exchange.reset(dice.pick(['status', 'body']))),
    bad('pours 100 MB', 2, (exchange) => exchange.pour(), ['dsync.user.created', 'dsync.user.deleted']),
    bad('leads astray', 2, astray),
    bad('flaps', 2, flapping),
    bad('asks for patience', 0, limiting),
    { ...bad('closes its port', 1, (exchange) => exchange.accept()), at: 'own port' },
    { ...bad('moves to a private address', 2, (exchange) => exchange.accept()), at: 'moving name' },
    bad('refuses one person', 2, poisonable),
    ...endingSessions(dice, isDown),
  ];
}

function bad(name: string, organization: number | null, behaves: Behaviour, eventTypes: string[] = []): Role {
  return { name, protocol: 'webhook', organization, behaves, eventTypes, healthy: false };
}

function healthy(
  name: string,
  organization: number | null,
  behaves: Behaviour,
  eventTypes: string[] = [],
): Role {
  return { ...bad(name, organization, behaves, eventTypes), healthy: true };
}

/** Some calls are refused so often that they are given up; not so many that its breaker opens. */
const REFUSED_SHARE = 0.4;
const GIVEN_UP_AFTER = 2;

/** Each protocol twice: an application that is well, and one that is so now and then. Streams are of one organization. */
function endingSessions(dice: Dice, isDown: () => boolean): Role[] {
  const well = (name: string, protocol: RevocationProtocol, organization: number | null = null): Role => ({
    ...healthy(name, organization, (exchange) => exchange.accept(5)),
    protocol,
  });
  const flapping = (
    name: string,
    protocol: RevocationProtocol,
    organization: number,
    statuses: readonly number[],
  ): Role => ({
    ...bad(name, organization, (exchange) =>
      isDown() ? exchange.refuse(dice.pick(statuses)) : exchange.accept(),
    ),
    protocol,
  });
  return [
    well('ends sessions', 'global-token-revocation'),
    flapping('ends sessions, and flaps', 'global-token-revocation', 0, [503]),
    well('logs out', 'back-channel-logout'),
    flapping('logs out, and flaps', 'back-channel-logout', 1, [400, 500]),
    well('obeys commands', 'provider-command'),
    flapping('obeys commands, and flaps', 'provider-command', 2, [500, 503]),
    well('takes calls', 'signed-call'),
    {
      ...bad('takes not every call', 0, (exchange) =>
        dice.chance(REFUSED_SHARE) ? exchange.refuse(500) : exchange.accept(),
      ),
      protocol: 'signed-call',
      delivery: { on_failure: { policy: 'park', after_attempts: GIVEN_UP_AFTER } },
      incurable: true,
    },
    well('hears signals', 'shared-signals', 1),
    flapping('hears signals, and flaps', 'shared-signals', 2, [400, 503]),
    { ...well('polls for signals', 'shared-signals', 0), polls: true },
  ];
}
