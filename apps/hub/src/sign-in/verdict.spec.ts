import { describe, expect, it } from '@jest/globals';
import type { PlacedUser } from '@app/projections';
import { verdictOn } from './verdict.js';

const person = (id: string, directoryId: string, more: Partial<PlacedUser> = {}): PlacedUser => ({
  id,
  directoryId,
  attributes: { userName: id },
  version: 1,
  created: '2030-01-01T08:00:00.000Z',
  lastModified: '2030-01-01T08:00:00.000Z',
  ...more,
});
const gone = { attributes: { userName: 'gone', active: false } };

describe('of those who go by the name that somebody gave', () => {
  it('nobody is nobody known', () => {
    expect(verdictOn([])).toEqual({ decision: 'unknown' });
  });

  it('the one who is active may come in, also beside somebody who is not', () => {
    const ada = person('ada', 'directory_2');
    expect(verdictOn([ada])).toEqual({ decision: 'allow', reason: 'active', user: ada });
    expect(verdictOn([person('old', 'directory_2', gone), ada])).toMatchObject({ user: ada });
    expect(verdictOn([person('ada', 'directory_1', gone), ada])).toMatchObject({
      decision: 'allow',
      user: ada,
    });
  });

  it('the one of the first directory is meant when several have them', () => {
    const [first, second] = [person('ada', 'directory_2'), person('ada as well', 'directory_1')];
    expect(verdictOn([first, second])).toMatchObject({ decision: 'allow', user: first });
  });

  it('two active people of one directory cannot be told apart', () => {
    const two = [person('ada', 'directory_1'), person('bea', 'directory_1')];
    expect(verdictOn(two)).toEqual({ decision: 'deny', reason: 'ambiguous', candidates: ['ada', 'bea'] });
  });

  it('nobody who is inactive may come in; of whoever is concealed nothing is said', () => {
    const ada = person('ada', 'directory_1', gone);
    expect(verdictOn([ada])).toEqual({ decision: 'deny', reason: 'deactivated', user: ada });
    const concealed = person('bea', 'directory_1', { ...gone, concealed: true });
    expect(verdictOn([concealed])).toEqual({ decision: 'deny', reason: 'deactivated', user: null });
  });
});
