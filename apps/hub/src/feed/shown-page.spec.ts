import { expect, it } from '@jest/globals';
import type { FastifyReply } from 'fastify';
import fc from 'fast-check';
import { published, recorded } from '@app/directory';
import { anyEvent } from '../../../../libs/directory/src/testing/any-event.js';
import { shownPage } from './shown-page.js';

const reply = { type: () => reply } as unknown as FastifyReply;

it('is byte for byte what the list would be if it were written as a whole, whatever happened', () => {
  const pages = fc.array(anyEvent(), { maxLength: 5 });
  const lease = fc.option(fc.record({ token: fc.string(), until: fc.string() }), { nil: undefined });
  fc.assert(
    fc.property(pages, lease, fc.boolean(), fc.string(), (happened, lease, more, cursor) => {
      // As the log gives it back: its text, parsed.
      const stored = happened.map((event) =>
        recorded(JSON.parse(JSON.stringify(event)) as typeof event as never),
      );
      const data = stored.flatMap((event) => published(event) ?? []);
      const events = data.map((event) => ({ id: event.id, type: event.event, json: JSON.stringify(event) }));
      const besides = lease && { lease };
      expect(shownPage(reply, { events, more, reached: 7, cursor }, besides).toString()).toBe(
        JSON.stringify({
          object: 'list',
          data,
          list_metadata: { before: null, after: more ? cursor : null, cursor },
          ...besides,
        }),
      );
    }),
  );
});
