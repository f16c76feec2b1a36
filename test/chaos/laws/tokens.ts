/** Laws of tokens: what a receiver knows a repetition by is the same in each attempt, or never, as its protocol says. */
import {
  arrivalsOf,
  type Arrival,
  type DestinationFacts,
  type Finding,
  type Recording,
  type RevocationProtocol,
} from '../recording.js';

/** RFC 8417 §2.2, Standard Webhooks: one id and one content for what is told, however often it is told. */
const REPEATS: ReadonlySet<string> = new Set<RevocationProtocol>(['shared-signals', 'signed-call']);

/** Of the others each attempt has a token of its own: it lives for minutes, and may be used once. */
export function tokens(destination: DestinationFacts, recording: Recording): Finding[] {
  const arrivals = arrivalsOf(destination, recording);
  return REPEATS.has(destination.protocol)
    ? [...changed(destination, arrivals), ...givenAgain(destination, arrivals)]
    : reused(destination, arrivals);
}

function changed({ name }: DestinationFacts, arrivals: readonly Arrival[]): Finding[] {
  const first = new Map<string, { jti: string; digest: string }>();
  const owner = new Map<string, string>();
  return arrivals.flatMap(({ about, told }) => {
    if (!told) return [];
    const known = first.get(about) ?? told;
    const aboutBefore = owner.get(told.jti) ?? about;
    first.set(about, known);
    owner.set(told.jti, aboutBefore);
    if (aboutBefore !== about)
      return [finding(`${name} got '${about}' under the jti of '${aboutBefore}' (${told.jti})`)];
    if (known.jti !== told.jti)
      return [finding(`${name} got '${about}' under the jti ${known.jti}, and then under ${told.jti}`)];
    if (known.digest !== told.digest)
      return [finding(`${name} got '${about}' again, and not in the same bytes`)];
    return [];
  });
}

function reused({ name }: DestinationFacts, arrivals: readonly Arrival[]): Finding[] {
  const seen = new Set<string>();
  return arrivals.flatMap(({ about, told }) => {
    if (!told) return [];
    const isOld = seen.has(told.jti);
    seen.add(told.jti);
    return isOld ? [finding(`${name} got '${about}' with a jti that it had seen before (${told.jti})`)] : [];
  });
}

/** RFC 8936 §2.4: what a poller has answered, and was heard, is over. */
function givenAgain({ name, polled }: DestinationFacts, arrivals: readonly Arrival[]): Finding[] {
  if (!polled) return [];
  const over = new Map<string, number>();
  return arrivals.flatMap((arrival) => {
    const { about, arrived, ended } = arrival;
    const since = over.get(about);
    if (isHeard(arrival) && ended !== undefined) over.set(about, Math.min(ended, since ?? Infinity));
    return since !== undefined && since < arrived
      ? [
          finding(
            `${name} was given '${about}' again (tick ${arrived}) after its answer was heard (tick ${since})`,
          ),
        ]
      : [];
  });
}

function isHeard({ acknowledgement, turnedDown }: Arrival): boolean {
  return acknowledgement === 'certain' || turnedDown === 'certain';
}

function finding(sentence: string): Finding {
  return { law: 'known again by its id', sentence };
}
