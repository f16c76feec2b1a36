/** An oracle that overlooks something would make every run pass, so here it is shown runs that went wrong. */
import { describe, expect, it } from '@jest/globals';
import { brokenIn, hook, logged, recordingOf, refused, taken, writeOf } from './doctored.js';
import { findings } from './oracle.js';
import { duplicatesOf } from './laws/senders.js';
import type { Arrival, Disturbance, Recording } from './recording.js';

const log = [
  logged(1, 'UserCreated', ['ada']),
  logged(2, 'UserProfileChanged', ['ada'], { mark: 'title 1' }),
  logged(3, 'UserCreated', ['bob']),
];
const arrivals = [taken('d/1', 10), taken('d/3', 20), taken('d/2', 30)];

function run(changes: Partial<Recording> = {}): Recording {
  return recordingOf(changes.log ?? log, { arrivals, ...changes });
}

const broken = (changes: Partial<Recording>): string[] => brokenIn(run(changes));

describe('a run that kept every promise', () => {
  it('has no findings', () => {
    expect(broken({})).toEqual([]);
  });

  it('may have refusals before each acknowledgement, as long as everything behind them waited', () => {
    expect(
      broken({ arrivals: [refused('d/1', 10), taken('d/3', 20), taken('d/1', 30), taken('d/2', 40)] }),
    ).toEqual([]);
  });

  it('may have an event that was given up, with later ones of the same person behind it', () => {
    const endedWithout = [{ destinationId: hook.id, position: 1, state: 'given-up' }];
    expect(
      broken({ arrivals: [refused('d/1', 10), taken('d/3', 20), taken('d/2', 30)], endedWithout }),
    ).toEqual([]);
  });
});

describe('the oracle finds', () => {
  it('an event that never arrived', () => {
    expect(broken({ arrivals: [taken('d/1', 10), taken('d/2', 30)] })).toEqual(['no hole']);
  });

  it('an event that arrived and was never acknowledged', () => {
    expect(broken({ arrivals: [taken('d/1', 10), refused('d/3', 20), taken('d/2', 30)] })).toEqual([
      'no hole',
    ]);
  });

  it('an event that was sent before an earlier one of the same person was acknowledged', () => {
    const slow = taken('d/1', 10, { answered: 40, ended: 41 });
    expect(broken({ arrivals: [slow, taken('d/3', 20), taken('d/2', 30)] })).toEqual([
      'in order',
      'acknowledged in order',
    ]);
  });

  it('the same where the earlier one was refused and came again later', () => {
    expect(
      broken({ arrivals: [refused('d/1', 10), taken('d/2', 20), taken('d/3', 25), taken('d/1', 30)] }),
    ).toEqual(['in order', 'acknowledged in order']);
  });

  it('a membership that came before its person', () => {
    const events = [
      ...log,
      logged(4, 'MembershipChanged', ['group', 'bob'], { publishedAs: 'dsync.group.user_added' }),
    ];
    const early = [taken('d/4', 5), ...arrivals];
    expect(broken({ log: events, arrivals: early })).toEqual(['in order', 'acknowledged in order']);
  });

  it('an event of another organization, or of a type that was not asked for', () => {
    const others = log.map((event) => (event.position === 3 ? { ...event, organizationId: 'org_2' } : event));
    expect(broken({ log: others })).toEqual(['nothing but what was asked for']);
    const picky = { ...hook, eventTypes: ['dsync.user.created'] };
    expect(broken({ destinations: [picky] })).toContain('nothing but what was asked for');
  });

  it('of a destination that asked for its directory in order, everything that did not wait for everything before it', () => {
    expect(broken({ destinations: [{ ...hook, ordering: 'directory' }] })).toEqual([
      'in order',
      'acknowledged in order',
    ]);
  });

  it('nothing out of order where no order was asked for', () => {
    const any = { ...hook, ordering: 'none' as const };
    const late = [refused('d/1', 10), taken('d/2', 20), taken('d/3', 25), taken('d/1', 30)];
    expect(broken({ destinations: [any], arrivals: late })).toEqual([]);
  });

  it('a delivery that names another one before it than it should', () => {
    const named = arrivals.map((each) => (each.about === 'd/3' ? { ...each, previous: 1 } : each));
    expect(broken({ arrivals: named })).toEqual(['names the one before it']);
  });

  it('a signature that does not verify', () => {
    expect(
      broken({
        arrivals: arrivals.map((arrival) => ({
          ...arrival,
          doubt: arrival.about === 'd/3' ? 'signature verification failed' : null,
        })),
      }),
    ).toEqual(['signed']);
  });

  it('what must never happen', () => {
    expect(broken({ incidents: ['a redirect was followed'] })).toEqual(['never']);
  });
});

describe('the oracle finds, of the senders,', () => {
  const crowd = (...senders: string[]): Arrival[] =>
    senders.map((sender, index) =>
      taken(`d/${index + 1}`, index + 1, {
        sender,
        answered: 40 + index,
        ended: 50 + index,
        answeredAt: 40,
        arrivedAt: 5,
      }),
    );
  const three = [
    logged(1, 'UserCreated', ['ada']),
    logged(2, 'UserCreated', ['bob']),
    logged(3, 'UserCreated', ['eve']),
  ];
  const law = 'never more at once than the cap';

  it('more requests at once than the cap, from one process', () => {
    expect(broken({ log: three, arrivals: crowd('w1', 'w1', 'w1') })).toEqual([law]);
    expect(
      broken({ log: three, destinations: [{ ...hook, atOnce: 3 }], arrivals: crowd('w1', 'w1', 'w1') }),
    ).toEqual([]);
  });

  it('more than the cap from two processes, unless one of them was stopped for so long that the other took over', () => {
    const both = crowd('w1', 'w1', 'w2');
    expect(broken({ log: three, arrivals: both })).toEqual([law]);
    const stopped: Disturbance = { kind: 'worker stopped', from: 0, to: 20, processes: ['w1'] };
    expect(broken({ log: three, arrivals: both, disturbances: [stopped] })).toEqual([]);
    const other: Disturbance = { ...stopped, processes: ['w3'] };
    expect(broken({ log: three, arrivals: both, disturbances: [other] })).toEqual([law]);
    const paused: Disturbance = { ...stopped, kind: 'everything paused', processes: undefined };
    expect(broken({ log: three, arrivals: both, disturbances: [paused] })).toEqual([law]);
  });

  it('a delivery that came again although nothing had happened', () => {
    expect(broken({ arrivals: [...arrivals, taken('d/3', 60)] })).toEqual(['again only after a fault']);
  });

  it('nothing in one that came again because its worker was killed before it could write it down', () => {
    const killed: Disturbance = { kind: 'worker killed', from: 25, to: 25, processes: ['worker 1/100'] };
    const again = run({
      arrivals: [...arrivals, taken('d/3', 60, { sender: 'worker 2/200' })],
      disturbances: [killed],
    });
    expect(findings(again, { inHandAtMost: 1 })).toEqual([]);
    expect(duplicatesOf(hook, again)).toMatchObject([{ first: { about: 'd/3' }, because: killed }]);
  });

  it('nothing in one that came again from a process that was stopped with it in its hands, until another had delivered it', () => {
    const stopped: Disturbance = { kind: 'worker stopped', from: 15, to: 58, processes: ['worker 2/200'] };
    const again = taken('d/3', 60, { sender: 'worker 2/200' });
    const recording = run({ arrivals: [...arrivals, again], disturbances: [stopped] });
    expect(findings(recording, { inHandAtMost: 1 })).toEqual([]);
    expect(duplicatesOf(hook, recording)).toMatchObject([{ first: { about: 'd/3' }, because: stopped }]);
    const another = { ...recording, disturbances: [{ ...stopped, processes: ['worker 3/300'] }] };
    expect(findings(another, { inHandAtMost: 1 })).toMatchObject([{ law: 'again only after a fault' }]);
    const late = taken('d/3', 60, { sender: 'worker 2/200', arrivedAt: 10_000 });
    expect(broken({ arrivals: [...arrivals, late], disturbances: [stopped] })).toEqual([
      'again only after a fault',
    ]);
  });

  it('a kill long after the acknowledgement, which explains nothing', () => {
    const killed: Disturbance = { kind: 'worker killed', from: 90_000, to: 90_000, processes: undefined };
    const again = taken('d/3', 95_000);
    expect(broken({ arrivals: [...arrivals, again], disturbances: [killed] })).toEqual([
      'again only after a fault',
    ]);
  });

  it('more deliveries that came again after one fault than a process has in hand', () => {
    const killed: Disturbance = { kind: 'worker killed', from: 35, to: 35, processes: undefined };
    const again = [taken('d/3', 60), taken('d/2', 70)];
    expect(broken({ arrivals: [...arrivals, ...again], disturbances: [killed] })).toEqual([
      'again only what was in hand',
    ]);
  });
});

describe('the oracle finds, of the writers,', () => {
  const law = 'accepted once, logged once';
  const lane = { name: 'lane 1', directoryId: 'd', writes: log.map(writeOf) };

  it('an accepted write that is not in the log', () => {
    const lost = [...lane.writes, writeOf(logged(4, 'UserDeactivated', ['ada']))];
    expect(broken({ lanes: [{ ...lane, writes: lost }] })).toEqual([law]);
  });

  it('one that is there twice', () => {
    const twice = [...log, logged(4, 'UserProfileChanged', ['ada'], { mark: 'title 1' })];
    const all = [...arrivals, taken('d/4', 40)];
    expect(broken({ log: twice, arrivals: all, lanes: [lane] })).toEqual([law]);
  });

  it('one that is there with another content, or from another request', () => {
    const other = lane.writes.map((write) =>
      write.mark === 'title 1' ? { ...write, mark: 'title 2' } : write,
    );
    expect(broken({ lanes: [{ ...lane, writes: other }] })).toEqual([law]);
    const elsewhere = lane.writes.map((write, index) =>
      index === 1 ? { ...write, requestId: 'req_x' } : write,
    );
    expect(broken({ lanes: [{ ...lane, writes: elsewhere }] })).toEqual([law]);
    const unknown = lane.writes.map((write) => ({ ...write, requestId: undefined }));
    expect(broken({ lanes: [{ ...lane, writes: unknown }] })).toEqual([]);
  });

  it('an event that nobody asked for', () => {
    expect(
      broken({ lanes: [{ ...lane, writes: lane.writes.filter(({ subjects }) => subjects[0] !== 'bob') }] }),
    ).toEqual([law]);
  });
});
