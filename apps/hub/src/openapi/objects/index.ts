/** Every object of the API, by the name that the document has for it. Pure. */
import { described, listOf, maybe, object, text, type Schema } from '../shapes.js';
import { ACCESS } from './access.js';
import { DELIVERY } from './delivery.js';
import { DESTINATIONS } from './destinations.js';
import { EVENTS } from './events.js';
import { FEED } from './feed.js';
import { HISTORY } from './history.js';
import { MAPPING } from './mapping.js';
import { ORGANIZATIONS } from './organizations.js';
import { PEOPLE } from './people.js';
import { STANDARDS } from './standards.js';

export const ERROR: Schema = object(
  {
    message: described('What is wrong, and what to do.', text),
    code: described('For programs: it does not change. docs/reference/errors.md has them all.', text),
  },
  {
    errors: described(
      'Where single fields are wrong: each with a code of its own.',
      listOf(object({ field: text, code: text, message: text })),
    ),
    restart: described(
      'Of a cursor that is refused: where to begin again.',
      object({ after: maybe(text), oldest: maybe(text), snapshot: text }),
    ),
  },
);

export const OBJECTS: Readonly<Record<string, Schema>> = {
  Error: ERROR,
  ...ORGANIZATIONS,
  ...PEOPLE,
  ...EVENTS,
  ...FEED,
  ...MAPPING,
  ...HISTORY,
  ...DESTINATIONS,
  ...DELIVERY,
  ...ACCESS,
  ...STANDARDS,
};
