import { EventEmitter, once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { FastifyReply } from 'fastify';
import { describe, expect, it } from '@jest/globals';
import { patienceOf } from './patience.js';

type Reply = Pick<FastifyReply, 'raw'>;
const reply = (): Reply & { raw: EventEmitter } => ({ raw: new EventEmitter() }) as never;

describe('the patience of who waits for an answer', () => {
  it('is at its end after the time, also when garbage was collected meanwhile', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const waiting = Array.from({ length: 100 }, () => once(patienceOf(reply(), 50), 'abort'));
    // What was made in the same turn is not collected.
    await setImmediate();
    collect();
    expect(await Promise.all(waiting)).toHaveLength(100);
  });

  it('is at its end when the caller goes, and nothing is left that runs', () => {
    const gone = reply();
    const signal = patienceOf(gone, 60_000);
    expect(signal.aborted).toBe(false);
    gone.raw.emit('close');
    expect(signal.aborted).toBe(true);
  });
});
