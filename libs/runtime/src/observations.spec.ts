import { describe, expect, it } from '@jest/globals';
import { nestLogger } from './nest-logger.js';
import { Observations, type ObservationsOptions } from './observations.js';

function observe(options: ObservationsOptions = {}): { observations: Observations; lines: unknown[] } {
  const lines: unknown[] = [];
  const observations = new Observations({
    now: () => new Date('2026-01-02T03:04:05.678Z'),
    write: (line) => lines.push(JSON.parse(line)),
    ...options,
  });
  return { observations, lines };
}

describe('an observation', () => {
  it('is one JSON object on one line', () => {
    const written: string[] = [];
    const { observations } = observe({ write: (line) => void written.push(line) });
    observations.info('listening', { port: 3000, note: 'two\nlines' });
    expect(written).toEqual([
      '{"at":"2026-01-02T03:04:05.678Z","level":"info","event":"listening","port":3000,"note":"two\\nlines"}\n',
    ]);
  });

  it.each([
    ['error', ['error']],
    ['warn', ['error', 'warn']],
    ['info', ['error', 'warn', 'info']],
    ['debug', ['error', 'warn', 'info', 'debug']],
  ] as const)('at level %s shows %j', (level, shown) => {
    const { observations, lines } = observe({ level });
    for (const each of ['error', 'warn', 'info', 'debug'] as const) observations[each]('it happened');
    expect(lines.map((line) => (line as { level: string }).level)).toEqual(shown);
  });

  it('tells an error with its code and its causes, without the stack', () => {
    const { observations, lines } = observe();
    const refused = Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' });
    observations.error('failed', { error: new Error('no answer', { cause: refused }) });
    expect(lines).toEqual([
      expect.objectContaining({
        error: {
          name: 'Error',
          message: 'no answer',
          cause: { name: 'Error', message: 'connection refused', code: 'ECONNREFUSED' },
        },
      }),
    ]);
  });

  it('tells the parts of an error that has many', () => {
    const { observations, lines } = observe();
    observations.error('failed', {
      error: new AggregateError([new Error('on ::1'), new Error('on 127.0.0.1')]),
    });
    expect(lines).toMatchObject([{ error: { errors: ['Error: on ::1', 'Error: on 127.0.0.1'] } }]);
  });

  it('survives what JSON cannot say', () => {
    const { observations, lines } = observe();
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    const error = new Error('round');
    error.cause = error;
    observations.info('odd', { circle, position: 12n });
    observations.info('odd', { error });
    expect(lines).toMatchObject([
      { circle: '[object Object]', position: '12' },
      { error: { message: 'round' } },
    ]);
  });

  it('cannot be told under another time, level or name', () => {
    const { observations, lines } = observe();
    observations.info('real', { at: 'never', level: 'error', event: 'false' });
    expect(lines).toEqual([{ at: '2026-01-02T03:04:05.678Z', level: 'info', event: 'real' }]);
  });
});

describe('what Nest says', () => {
  it('comes out the same way, its chatter only at level debug', () => {
    const { observations, lines } = observe();
    const logger = nestLogger(observations);
    logger.log('Mapped {/health, GET} route', 'RouterExplorer');
    logger.warn('odd', 'Router');
    logger.error(new Error('broken'), 'stack', 'Injector');
    expect(lines).toMatchObject([
      { level: 'warn', event: 'nest', message: 'odd', context: 'Router' },
      { level: 'error', event: 'nest', error: { message: 'broken' }, context: 'Injector', detail: ['stack'] },
    ]);
  });
});

describe('a listener', () => {
  it('hears everything, also what is not written', () => {
    const lines: string[] = [];
    const heard: [string, unknown][] = [];
    const observations = new Observations({ level: 'error', write: (line) => lines.push(line) });
    observations.heardBy((event, fields) => heard.push([event, fields]));
    observations.debug('slice ended', { attempts: 3 });
    observations.info('nothing to add');
    expect(heard).toEqual([
      ['slice ended', { attempts: 3 }],
      ['nothing to add', {}],
    ]);
    expect(lines).toEqual([]);
  });

  it('that fails is told of once, and harms neither the program nor the others', () => {
    const lines: string[] = [];
    let heard = 0;
    const observations = new Observations({ level: 'error', write: (line) => lines.push(line) });
    observations.heardBy(() => {
      throw new Error('cannot count');
    });
    observations.heardBy(() => (heard += 1));
    observations.info('one');
    observations.info('two');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({ heard: 'one', error: { message: 'cannot count' } });
    expect(heard).toBeGreaterThanOrEqual(2);
  });
});
