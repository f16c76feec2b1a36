/** Every object of the API, by the name that the document has for it. Pure. */
import { anyObject, described, listOf, object, text, type Schema } from '../shapes.js';
import { ACCESS } from './access.js';
import { BEYOND } from './beyond.js';
import { DELIVERY } from './delivery.js';
import { ORGANIZATIONS } from './organizations.js';
import { PEOPLE } from './people.js';

export const OBJECTS: Readonly<Record<string, Schema>> = {
  ...ORGANIZATIONS,
  ...PEOPLE,
  ...BEYOND,
  ...DELIVERY,
  ...ACCESS,
};

export const ERROR: Schema = object(
  {
    message: described('What is wrong, and what to do.', text),
    code: described('For programs: it does not change.', text),
  },
  {
    errors: listOf(object({ code: text, message: text }, { field: text })),
    restart: described('Of a cursor that is refused: where to begin again.', anyObject),
  },
);
