/** The schemas of all bodies, by name. */
import { PROTOCOLS } from '../../protocols.js';
import { ref, type Schema } from '../shapes.js';
import { BODY_EXAMPLES } from './examples.js';
import { UNRULED } from './unruled.js';
import { bodyClasses, validatedSchema, type BodyClass } from './validated.js';

/** @param known the schemas that Swagger has made of the bodies of controllers. */
export function bodySchemas(known: Readonly<Record<string, Schema>>): Record<string, Schema> {
  const classes = bodyClasses();
  const schemas = new Map<string, Schema>();
  const add = (body: BodyClass): void => {
    const { name } = body;
    if (schemas.has(name)) return;
    schemas.set(name, {});
    schemas.set(name, completed(name, validatedSchema(body, known[name], add)));
  };
  for (const name of Object.keys(known)) {
    const body = classes.get(name);
    if (!body) throw new Error(`${name} is the body of a route, and no rule says what it may be`);
    add(body);
  }
  const settings = [...PROTOCOLS.values()].map((protocol) => protocol.settings);
  settings.forEach(add);
  const description = 'What the protocol needs to know; checked by the protocol itself.';
  const anyOf = settings.map(({ name }) => ref(name));
  return { ...Object.fromEntries(schemas), DestinationSettings: { anyOf, description } };
}

function completed(name: string, schema: Schema): Schema {
  const properties = { ...(schema['properties'] as object), ...UNRULED[name] };
  const example = BODY_EXAMPLES[name];
  return { ...schema, properties, ...(example ? { examples: [example] } : {}) };
}
