import { describe, expect, it } from '@jest/globals';
import { Precedence } from './precedence.js';
import { Promptness } from './promptness.js';

function gate(): { open: () => void; passed: Promise<void> } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { open, passed };
}

describe('what has just happened', () => {
  it('makes backlogs hold back while it is on its way, if the process is late', async () => {
    let late = true;
    const precedence = new Precedence(
      () => late,
      () => 0,
    );
    expect(precedence.holdInMilliseconds()).toBe(0);
    const { open, passed } = gate();
    const under = precedence.during(() => passed);
    expect(precedence.holdInMilliseconds()).toBeGreaterThan(0);
    late = false;
    expect(precedence.holdInMilliseconds()).toBe(0);
    late = true;
    open();
    await under;
    expect(precedence.holdInMilliseconds()).toBe(0);
  });

  it('never holds them for good: they go on in a part of each round', () => {
    let now = 0;
    const precedence = new Precedence(
      () => true,
      () => now,
    );
    void precedence.during(() => new Promise(() => undefined));
    let free = 0;
    for (; now < 10_000; now += 1) if (precedence.holdInMilliseconds() === 0) free += 1;
    expect(free).toBeGreaterThanOrEqual(1_500);
    expect(free).toBeLessThan(5_000);
  });

  it('does so also when the work fails', async () => {
    const precedence = new Precedence(() => true);
    await expect(precedence.during(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(precedence.holdInMilliseconds()).toBe(0);
  });
});

describe('how late a process is', () => {
  it('is a sliding average: one hiccup is forgotten, and a load is seen', () => {
    const promptness = new Promptness();
    promptness.look(30);
    expect(promptness.lateInMilliseconds).toBeLessThan(8);
    for (let n = 0; n < 10; n++) promptness.look(30);
    expect(promptness.lateInMilliseconds).toBeGreaterThan(8);
    for (let n = 0; n < 10; n++) promptness.look(0);
    expect(promptness.lateInMilliseconds).toBeLessThan(8);
  });
});
