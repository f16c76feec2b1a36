// The `attributes` and `excludedAttributes` parameters: RFC 7644 §3.9.
import { printPath, resolvePath, type AttributePath } from '../path.js';
import type { AttributeDefinition } from '../schema/definition.js';
import type { Described } from '../schema/lookup.js';

/** Which attributes the caller wants to see. When both lists are there, `attributes` decides. */
export interface Projection {
  attributes?: AttributePath[];
  excludedAttributes?: AttributePath[];
}

/** Reads the comma lists; unknown names are ignored, and a filter in brackets is read as the attribute before it. */
export function parseProjection(
  type: Described,
  query: { attributes?: string | undefined; excludedAttributes?: string | undefined },
): Projection {
  const attributes = pathsIn(type, query.attributes);
  const excludedAttributes = pathsIn(type, query.excludedAttributes);
  return { ...(attributes && { attributes }), ...(excludedAttributes && { excludedAttributes }) };
}

function pathsIn(type: Described, text: string | undefined): AttributePath[] | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const names = withoutBrackets(text).split(',');
  const paths = names.flatMap((name) => resolvePath(type, name.trim())?.path ?? []);
  // Each once: every path is asked for every attribute of every resource on a page.
  return [...new Map(paths.map((path) => [printPath(path), path])).values()];
}

// By hand, since a pattern would look for each closing bracket anew: a long text of opening ones must not cost the square of its length.
function withoutBrackets(text: string): string {
  let kept = '';
  for (let from = 0; ;) {
    const open = text.indexOf('[', from);
    const close = open < 0 ? -1 : text.indexOf(']', open);
    if (close < 0) return kept + text.slice(from);
    kept += text.slice(from, open);
    from = close + 1;
  }
}

/** Whether the caller may see anything of a core attribute such as members or groups, so that nobody loads it in vain. */
export function wantsAttribute(projection: Projection, name: string): boolean {
  const { attributes, excludedAttributes } = projection;
  if (attributes) return attributes.some((path) => path.schema === undefined && path.name === name);
  return !excludedAttributes?.some(
    (path) => path.name === name && path.schema === undefined && path.subAttribute === undefined,
  );
}

/** Says of each sub-attribute whether it is shown. */
export type Shows = (subAttribute: AttributeDefinition) => boolean;

/** What is shown of an attribute: undefined for nothing of it. The `returned` of its definition is honoured, RFC 7643 §7. */
export function shownOf(
  definition: AttributeDefinition,
  schema: string | undefined,
  projection: Projection,
): Shows | undefined {
  if (definition.returned === 'never') return undefined;
  if (definition.returned === 'always') return (sub) => sub.returned !== 'never';
  const { attributes, excludedAttributes } = projection;
  const names = (path: AttributePath): boolean =>
    path.schema === schema
      ? path.name === definition.name
      : path.name === schema && path.schema === undefined;
  return attributes
    ? shownWhenAsked(attributes.filter(names), definition)
    : shownUnless(excludedAttributes?.filter(names) ?? [], definition);
}

function shownWhenAsked(asked: AttributePath[], definition: AttributeDefinition): Shows | undefined {
  if (asked.length === 0) return undefined;
  const whole = asked.some((path) => path.subAttribute === undefined);
  if (whole && definition.returned === 'request' && asked.every((path) => path.name !== definition.name))
    return undefined;
  const subNames = asked.map((path) => path.subAttribute);
  return (sub) => {
    if (sub.returned === 'never') return false;
    if (sub.returned === 'always' || subNames.includes(sub.name)) return true;
    return whole && sub.returned === 'default';
  };
}

function shownUnless(excluded: AttributePath[], definition: AttributeDefinition): Shows | undefined {
  if (definition.returned === 'request' || excluded.some((path) => path.subAttribute === undefined))
    return undefined;
  const subNames = excluded.map((path) => path.subAttribute);
  return (sub) => sub.returned === 'always' || (sub.returned === 'default' && !subNames.includes(sub.name));
}
