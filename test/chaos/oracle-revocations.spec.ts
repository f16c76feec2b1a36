/** The oracle is shown revocations that went wrong, and receipts that are not true. */
import { describe, expect, it } from '@jest/globals';
import { brokenIn, hook, logged, recordingOf, taken } from './doctored.js';
import type { Arrival, DestinationFacts, KeptReceipt, Recording, RevocationProtocol } from './recording.js';

const ENDED = 'whoever leaves is ended, and nobody else';
const KNOWN = 'known again by its id';
const RECEIPT = 'a receipt for each leaving, and a true one';

const log = [
  logged(1, 'UserDeactivated', ['ada'], { occurredAt: 10 }),
  logged(2, 'UserReactivated', ['ada'], { occurredAt: 20 }),
  logged(3, 'UserDeactivated', ['ada'], { occurredAt: 30 }),
  logged(4, 'UserDeleted', ['ada'], { occurredAt: 40 }),
];

function applicationOf(protocol: RevocationProtocol, more: Partial<DestinationFacts> = {}): DestinationFacts {
  return { ...hook, id: 'destination_1', name: 'application', protocol, ...more };
}

const ends = applicationOf('global-token-revocation');
const calls = applicationOf('signed-call');
const commands = applicationOf('provider-command');
const pushed = applicationOf('shared-signals');
const polled = applicationOf('shared-signals', { polled: true });

/** One call or token: of the event at this position, at this tick. Each has a jti of its own. */
function told(position: number, verb: string, tick: number, more: Partial<Arrival> = {}): Arrival {
  const name = { jti: `jti ${tick}`, digest: `bytes ${tick}` };
  return taken(`event_${position} ${verb}`, tick, {
    destinationId: ends.id,
    previous: undefined,
    told: { person: 'ada', place: `d/${position}`, ...name },
    ...more,
  });
}

/** A token of a stream: the same in each attempt. */
function token(position: number, verb: string, tick: number, more: Partial<Arrival> = {}): Arrival {
  const name = `${position} ${verb}`;
  return told(position, verb, tick, {
    told: { person: 'ada', place: undefined, jti: name, digest: name },
    ...more,
  });
}

const NO = { acknowledgement: 'none' } as const;

function receipt(
  position: number,
  state: KeptReceipt['state'],
  more: Partial<KeptReceipt> = {},
): KeptReceipt {
  const txn = `event_${position}`;
  return { txn, destinationId: ends.id, state, acknowledgedAt: null, jti: null, ...more };
}

const acknowledged = (position: number, at: number, jti: string | null = `jti ${at - 1}`): KeptReceipt =>
  receipt(position, 'acknowledged', { acknowledgedAt: at, jti });

const good = [told(3, 'end', 31), told(4, 'end', 41)];
const goodReceipts = [receipt(1, 'superseded'), acknowledged(3, 32), acknowledged(4, 42)];

function broken(destination: DestinationFacts, changes: Partial<Recording>): string[] {
  const whole = { destinations: [destination], arrivals: good, receipts: goodReceipts, ...changes };
  return brokenIn(recordingOf(changes.log ?? log, whole));
}

/** What is wrong besides the receipts, which are another part's business. */
function brokenCalls(destination: DestinationFacts, ...arrivals: Arrival[]): string[] {
  return broken(destination, { arrivals }).filter((law) => law !== RECEIPT);
}

describe('of whoever left the oracle finds', () => {
  it('nothing wrong where each leaving was acknowledged, and one that was taken back was not', () => {
    expect(broken(ends, {})).toEqual([]);
    expect(brokenCalls(ends, told(1, 'end', 11), ...good)).toEqual([]);
    expect(brokenCalls(ends, told(1, 'end', 11, NO), ...good)).toEqual([]);
  });

  it('a leaving that nobody acknowledged', () => {
    expect(brokenCalls(ends, told(3, 'end', 31))).toEqual([ENDED]);
    expect(brokenCalls(ends, told(3, 'end', 31), told(4, 'end', 41, NO))).toEqual([ENDED]);
  });

  it('one of another organization that it was told of', () => {
    expect(brokenCalls({ ...ends, organizationId: 'org_2' }, told(3, 'end', 31))).toEqual([ENDED]);
  });

  it('an end that nobody asked for, another person, another place in the log, and one that came too early', () => {
    expect(brokenCalls(ends, ...good, told(2, 'end', 45))).toEqual([ENDED]);
    const person = { person: 'bob', place: 'd/4', jti: 'x', digest: 'x' };
    expect(brokenCalls(ends, good[0]!, told(4, 'end', 41, { told: person }))).toEqual([ENDED]);
    const place = { ...person, person: 'ada', place: 'd/3' };
    expect(brokenCalls(ends, good[0]!, told(4, 'end', 41, { told: place }))).toEqual([ENDED]);
    expect(brokenCalls(ends, good[0]!, told(4, 'end', 41, { arrivedAt: 39 }))).toEqual([ENDED]);
  });

  it('a token that its receiver does not believe', () => {
    expect(brokenCalls(ends, good[0]!, told(4, 'end', 41, { doubt: 'it has a nonce' }))).toEqual(['signed']);
  });

  it('a later leaving that was sent before an earlier one was acknowledged', () => {
    const slow = told(3, 'end', 31, { answered: 50, ended: 51 });
    expect(brokenCalls(ends, slow, told(4, 'end', 41))).toEqual(['in order', 'acknowledged in order']);
  });

  it('a call that came again although nothing had happened', () => {
    expect(brokenCalls(ends, ...good, told(4, 'end', 50))).toEqual(['again only after a fault']);
  });

  it('nothing in one that was given up, and in later ones that did not wait for it', () => {
    const endedWithout = [{ destinationId: ends.id, position: 3, state: 'given-up' }];
    const receipts = [receipt(1, 'superseded'), receipt(3, 'failed'), acknowledged(4, 42)];
    const arrivals = [told(3, 'end', 31, NO), told(4, 'end', 41)];
    expect(broken({ ...ends, givesUp: true }, { arrivals, endedWithout, receipts })).toEqual([]);
  });
});

describe('of commands the oracle finds', () => {
  const whole = [told(2, 'reactivate', 21), told(3, 'suspend', 31), told(4, 'delete', 41)];

  it('nothing wrong where the right ones came; a return that was followed by a leaving may be left out', () => {
    expect(brokenCalls(commands, ...whole)).toEqual([]);
    expect(brokenCalls(commands, ...whole.slice(1))).toEqual([]);
  });

  it('a leaving that was sent before a return was acknowledged that had been sent before it', () => {
    const slow = told(2, 'reactivate', 21, { answered: 50, answeredAt: 50, ended: 51, endedAt: 51 });
    const laws = (disturbances: Recording['disturbances']): string[] =>
      broken(commands, { arrivals: [slow, ...whole.slice(1)], disturbances }).filter(
        (law) => law !== RECEIPT,
      );
    expect(laws([])).toEqual(['in order', 'acknowledged in order']);
    const killed = { kind: 'worker killed' as const, from: 25, to: 26 };
    expect(laws([{ ...killed, processes: ['worker 2/200'] }])).toEqual(['in order', 'acknowledged in order']);
    expect(laws([{ ...killed, processes: ['worker 1/100'] }])).toEqual([]);
  });

  it('another command than the one for what happened', () => {
    expect(brokenCalls(commands, whole[1]!, told(4, 'suspend', 41))).toEqual([ENDED]);
  });

  it('a return that is the last word and was not acknowledged', () => {
    const back = log.slice(0, 2);
    const laws = (...arrivals: Arrival[]): string[] =>
      broken(commands, { log: back, arrivals, receipts: [receipt(1, 'superseded')] });
    expect(laws(told(2, 'reactivate', 21))).toEqual([]);
    expect(laws(told(2, 'reactivate', 21, NO))).toEqual([ENDED]);
  });
});

describe('of streams the oracle finds', () => {
  const whole = [
    token(1, 'deactivate', 12),
    token(2, 'account-enabled', 21),
    ...['session-revoked', 'account-disabled', 'deactivate'].map((verb, index) =>
      token(3, verb, 31 + 3 * index),
    ),
    ...['session-revoked', 'account-purged'].map((verb, index) => token(4, verb, 41 + 3 * index)),
  ];

  it('nothing wrong where all that stays true was told, and what ends sessions as long as it was', () => {
    expect(brokenCalls(pushed, ...whole)).toEqual([]);
  });

  it('each token that is missing; of somebody who is back, too, what was true', () => {
    for (const missing of whole) {
      const rest = whole.filter((each) => each !== missing);
      expect(brokenCalls(pushed, ...rest)).toContain(ENDED);
    }
  });

  it('a token that comes again under another jti, in other bytes, or under the jti of another', () => {
    const last = whole.at(-1)!;
    const again = (changes: object): Arrival =>
      token(4, 'account-purged', 60, { told: { ...last.told!, ...changes } });
    expect(brokenCalls(pushed, ...whole, again({}))).toEqual([]);
    expect(brokenCalls(pushed, ...whole, again({ jti: 'another' }))).toEqual([KNOWN]);
    expect(brokenCalls(pushed, ...whole, again({ digest: 'another' }))).toEqual([KNOWN]);
    expect(brokenCalls(pushed, ...whole, again({ jti: '4 session-revoked' }))).toEqual([KNOWN]);
  });

  it('nothing in tokens that a poller was given together, or again until its answer was heard', () => {
    const answered = whole.map((each) => ({ ...each, answered: 90, ended: 95 }));
    expect(brokenCalls(polled, ...answered)).toEqual([]);
    const twice = token(1, 'deactivate', 94, { answered: 96, ended: 97 });
    expect(brokenCalls(polled, ...answered, twice)).toEqual([]);
  });

  it('a token that a poller was given after its answer was heard, whichever that was', () => {
    expect(brokenCalls(polled, ...whole, token(4, 'account-purged', 60))).toEqual([KNOWN]);
    const refused = { ...NO, turnedDown: 'certain' } as const;
    const last = { ...whole.at(-1)!, ...refused };
    const rest = whole.slice(0, -1);
    expect(brokenCalls(polled, ...rest, last)).toEqual([]);
    expect(brokenCalls(polled, ...rest, last, token(4, 'account-purged', 60))).toEqual([KNOWN]);
    const unheard = { ...last, turnedDown: 'perhaps', ended: undefined } as const;
    expect(brokenCalls(polled, ...rest, unheard, token(4, 'account-purged', 60))).toEqual([]);
  });

  it('a token that a poller was given before an earlier one of the same person', () => {
    const early = whole.map((each) =>
      each.about === 'event_4 account-purged' ? { ...each, arrived: 30 } : each,
    );
    expect(brokenCalls(polled, ...early)).toEqual(['in order', 'acknowledged in order']);
  });

  it('a token that a poller never took, unless it said that it will not', () => {
    const [last, rest] = [whole.at(-1)!, whole.slice(0, -1)];
    expect(brokenCalls(polled, ...rest, { ...last, ...NO })).toEqual([ENDED]);
    expect(brokenCalls(polled, ...rest, { ...last, ...NO, turnedDown: 'certain' })).toEqual([]);
  });
});

describe('of tokens that live for minutes the oracle finds', () => {
  it('one that came in two attempts', () => {
    const first = told(3, 'end', 31, NO);
    const again = told(3, 'end', 35, { told: first.told });
    expect(brokenCalls(ends, first, again, good[1]!)).toEqual([KNOWN]);
    expect(brokenCalls(ends, first, told(3, 'end', 35), good[1]!)).toEqual([]);
  });

  it('a signed call that is not the same in each attempt, which it must be', () => {
    const [first, again] = [told(3, 'end', 31, NO), told(3, 'end', 35)];
    expect(brokenCalls(calls, first, again, good[1]!)).toEqual([KNOWN]);
    expect(brokenCalls(calls, first, { ...again, told: first.told }, good[1]!)).toEqual([]);
  });
});

describe('of receipts the oracle finds', () => {
  const [superseded, third, fourth] = goodReceipts as [KeptReceipt, KeptReceipt, KeptReceipt];
  const laws = (...receipts: KeptReceipt[]): string[] => broken(ends, { receipts });

  it('one that is missing, is there twice, or is of something or somebody else', () => {
    expect(laws(superseded, third)).toEqual([RECEIPT]);
    expect(laws(superseded, third, fourth, fourth)).toEqual([RECEIPT]);
    expect(laws(superseded, third, fourth, receipt(2, 'acknowledged'))).toEqual([RECEIPT]);
    expect(laws(superseded, third, fourth, { ...fourth, destinationId: 'destination_2' })).toEqual([RECEIPT]);
  });

  it('one that is left open', () => {
    expect(laws(superseded, third, receipt(4, 'requested'))).toEqual([RECEIPT]);
  });

  it('one that is superseded although nobody came back, and one that failed although nobody gave it up', () => {
    expect(laws(superseded, third, receipt(4, 'superseded'))).toEqual([RECEIPT]);
    expect(laws(superseded, third, receipt(4, 'failed'))).toEqual([RECEIPT]);
  });

  it('one that failed although its destination never asked for anything to be given up', () => {
    const endedWithout = [{ destinationId: ends.id, position: 4, state: 'given-up' }];
    const receipts = [superseded, third, receipt(4, 'failed')];
    expect(broken(ends, { receipts, endedWithout })).toEqual([RECEIPT]);
    expect(broken({ ...ends, givesUp: true }, { receipts, endedWithout })).toEqual([]);
  });

  it('one that says acknowledged where nobody acknowledged, or not that token, or not yet', () => {
    expect(laws(acknowledged(1, 12), third, fourth)).toEqual([RECEIPT]);
    expect(laws(superseded, third, acknowledged(4, 42, 'jti 31'))).toEqual([RECEIPT]);
    const late = [told(3, 'end', 31), told(4, 'end', 41, { arrivedAt: 1_000 })];
    expect(broken(ends, { arrivals: late })).toEqual([RECEIPT]);
  });

  it('of one that its poller has turned down, that it says acknowledged', () => {
    const one = [logged(1, 'UserDeleted', ['ada'], { occurredAt: 10 })];
    const turnedDown = { ...NO, turnedDown: 'certain' } as const;
    const arrivals = [token(1, 'session-revoked', 11), token(1, 'account-purged', 14, turnedDown)];
    const of = (one_: KeptReceipt): string[] => broken(polled, { log: one, arrivals, receipts: [one_] });
    expect(of(receipt(1, 'failed'))).toEqual([]);
    expect(of(acknowledged(1, 20, '1 session-revoked'))).toEqual([RECEIPT]);
  });
});
