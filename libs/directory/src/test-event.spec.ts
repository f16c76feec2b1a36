import { describe, expect, it } from '@jest/globals';
import { EXAMPLE_TYPES, published } from './published.js';
import { TEST_TYPE, testEvent } from './test-event.js';

const wish = { id: 'test_01KE7M00000000000000000000', at: '2026-01-05T12:00:00.000Z' };

describe('a test event', () => {
  it('has a type of its own that no software acts upon, and says what it is', () => {
    expect(published(testEvent({ ...wish, type: TEST_TYPE }))).toEqual({
      object: 'event',
      id: wish.id,
      event: 'webhook.test',
      data: { object: 'webhook_test', message: expect.stringContaining('Nothing has happened') },
      created_at: wish.at,
      context: { sequence: 0, cause: 'DirectoryActivated', request_id: wish.id, test: true },
    });
  });

  it.each(EXAMPLE_TYPES)('may be an example of %s, marked as a test and about nobody', (type) => {
    const shown = published(testEvent({ ...wish, type }))!;
    expect(shown).toMatchObject({ event: type, id: wish.id, context: { test: true } });
    const ids = [...JSON.stringify(shown.data).matchAll(/"(?:id|directory_id|organization_id)":"([^"]*)"/g)];
    expect(ids.length).toBeGreaterThan(0);
    for (const [, id] of ids) expect(id).toMatch(/_test$/);
  });
});
