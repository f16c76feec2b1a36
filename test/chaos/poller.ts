/** The receiver of a polled stream (RFC 8936): it answers when it likes, forgets what it was given, hangs up, and refuses now and then. */
import { setTimeout as pause } from 'node:timers/promises';
import { request } from 'undici';
import type { Dice } from '../fuzz/dice.js';
import type { Patience } from './door.js';
import type { Reading } from './reading.js';
import { readPolled } from './reading-revocations.js';
import type { Acknowledgement, Arrival } from './recording.js';
import type { Seen } from './seen.js';

export interface PollerParts {
  reading: Reading;
  /** Of its stream. */
  path: string;
  token: string;
  hubs: readonly string[];
  dice: Dice;
  seen: Seen;
  patience: Patience;
}

interface Polled {
  sets: Record<string, string>;
  moreAvailable?: boolean;
}

interface Ask {
  maxEvents: number;
  returnImmediately: boolean;
  ack?: string[];
  setErrs?: Record<string, { err: string; description: string }>;
}

const PAUSE_AT_MOST_IN_MILLISECONDS = 400;
/** Longer than it takes to look at the log, and shorter than a hub waits for something to happen. */
const HANGS_UP_AFTER_AT_MOST_IN_MILLISECONDS = 3_000;
const WAITS_IN_MILLISECONDS = 30_000;
/** It gets no answer for so long only when nobody is there to give one. */
const DRAINED_WITHIN_IN_MILLISECONDS = 60_000;
/** "Come again", in whatever words. */
const LATER: ReadonlySet<number> = new Set([429, 503]);

export class Poller {
  /** What it has been given and has not answered, as far as it remembers. */
  private held = new Map<string, Arrival>();

  constructor(private readonly parts: PollerParts) {}

  async work(isOver: () => boolean): Promise<void> {
    const { dice } = this.parts;
    while (!isOver()) {
      // It ends without having answered, and begins again without a memory.
      if (dice.chance(0.15)) this.held = new Map();
      const ask = { maxEvents: dice.below(12), returnImmediately: dice.chance(0.6) };
      const hangsUpAfter = 1 + dice.below(HANGS_UP_AFTER_AT_MOST_IN_MILLISECONDS);
      await this.poll({ ...ask, ...this.someAnswers() }, hangsUpAfter);
      await pause(dice.below(PAUSE_AT_MOST_IN_MILLISECONDS));
    }
  }

  /** It has come to its senses: it takes everything, until there is nothing more. @throws when that takes too long. */
  async drain(): Promise<void> {
    const until = Date.now() + DRAINED_WITHIN_IN_MILLISECONDS;
    for (;;) {
      const ack = [...this.held.keys()];
      const polled = await this.poll({ maxEvents: 100, returnImmediately: true, ack }, WAITS_IN_MILLISECONDS);
      if (polled && this.held.size === 0 && !polled.moreAvailable) return;
      if (Date.now() > until)
        throw new Error(`a polled stream was not empty in ${DRAINED_WITHIN_IN_MILLISECONDS / 1_000} s`);
      if (!polled) await pause(PAUSE_AT_MOST_IN_MILLISECONDS);
    }
  }

  /** @returns the answer; undefined when there was none. */
  private async poll(ask: Ask, hangsUpAfterInMilliseconds: number): Promise<Polled | undefined> {
    const { ack = [], setErrs = {} } = ask;
    this.say('perhaps', ack, Object.keys(setErrs));
    const polled = await this.ask(ask, hangsUpAfterInMilliseconds);
    if (!polled) return undefined;
    this.say('certain', ack, Object.keys(setErrs));
    for (const jti of [...ack, ...Object.keys(setErrs)]) this.held.delete(jti);
    for (const [jti, set] of Object.entries(polled.sets)) await this.take(jti, set);
    return polled;
  }

  /** Of some of what it holds, in no order: it acknowledges most, and will not take a few. */
  private someAnswers(): Pick<Ask, 'ack' | 'setErrs'> {
    const { dice } = this.parts;
    if (dice.chance(0.4)) return {};
    const chosen = [...this.held.keys()].filter(() => dice.chance(0.7)).sort();
    const refused = chosen.filter(() => dice.chance(0.04));
    const err = { err: 'invalid_request', description: 'the receiver was not in the mood' };
    return {
      ack: chosen.filter((jti) => !refused.includes(jti)),
      setErrs: Object.fromEntries(refused.map((jti) => [jti, err])),
    };
  }

  private say(heard: Acknowledgement, taken: readonly string[], refused: readonly string[]): void {
    const { seen } = this.parts;
    for (const jti of [...taken, ...refused]) {
      const arrival = this.held.get(jti)!;
      if (taken.includes(jti)) arrival.acknowledgement = heard;
      else arrival.turnedDown = heard;
      if (heard === 'certain') Object.assign(arrival, { ended: seen.tick(), endedAt: Date.now() });
      else if (arrival.answered === undefined)
        Object.assign(arrival, { answered: seen.tick(), answeredAt: Date.now() });
    }
  }

  private async take(jti: string, set: string): Promise<void> {
    const { seen, reading } = this.parts;
    const arrival = seen.arrival(reading.id, 'whoever was asked');
    const unread = { about: `the token ${jti}`, doubt: null as string | null };
    const { about, doubt, told } = await readPolled(reading, jti, set).catch((error: unknown) => ({
      ...{ ...unread, doubt: (error as Error).message },
      told: undefined,
    }));
    Object.assign(arrival, { about, doubt, told });
    seen.keep(arrival);
    this.held.set(jti, arrival);
  }

  private async ask(ask: Ask, hangsUpAfterInMilliseconds: number): Promise<Polled | undefined> {
    const { hubs, dice, path, token, patience } = this.parts;
    try {
      const { statusCode, body } = await request(dice.pick(hubs) + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(ask),
        signal: AbortSignal.timeout(hangsUpAfterInMilliseconds),
      });
      const text = await body.text();
      if (statusCode === 200) return JSON.parse(text) as Polled;
      if (!LATER.has(statusCode)) patience.incidents.push(`a poll was answered ${statusCode} ${text}`);
    } catch {
      // Nobody was there, or it hung up: what it said may have been heard.
    }
    return undefined;
  }
}
