// The body of a POST or PUT of SCIM 1.1 (draft-scim-api-01 §3.1 and §3.3.1), brought into the shape that the parser of 2.0 reads.
import { ScimError, quote } from '../errors.js';
import { isBlank, isObject } from '../json.js';
import { resolvePath } from '../path.js';
import { ENTERPRISE_URN } from '../schema/enterprise.js';
import { splitUrn, type Described } from '../schema/lookup.js';
import { MANAGER_ID } from './names.js';

/** A whole resource in the shape of 2.0, for `parseResource`; what is not an object is left for it to refuse. */
export function resourceFromV1(type: Described, body: unknown): unknown {
  return isObject(body) ? mapped(body, (name, value) => valueFromV1(type, name, value)) : body;
}

/**
 * The value of an attribute in the shape of 2.0. Values that carry `"operation": "delete"` are left out: a whole resource that says of a
 * value that it must go is a resource without the value.
 */
export function valueFromV1(type: Described, name: string, value: unknown): unknown {
  const urn = splitUrn(type, name);
  if (urn?.rest !== '' || !isObject(value)) return memberFromV1(type, name, value);
  return mapped(value, (sub, member) => memberFromV1(type, `${urn.schema}:${sub}`, member));
}

function memberFromV1(type: Described, name: string, value: unknown): unknown {
  const found = resolvePath(type, name);
  if (found?.path.schema === ENTERPRISE_URN && found.path.name === 'manager') return managerFromV1(value);
  if (!found?.attribute.multiValued || found.subAttribute) return value;
  return elementsOf(value, name).flatMap(({ deletes, rest }) => (deletes ? [] : [rest]));
}

/** One value of a list, and whether it is there to be taken away. */
export interface GivenElement {
  deletes: boolean;
  rest: unknown;
}

/**
 * The values of a list, each apart from its `operation`; one value stands for a list of one, and blanks are dropped.
 * @throws ScimError 400 invalidValue for an operation other than delete: to guess could bring back what was to go.
 */
export function elementsOf(raw: unknown, name: string): GivenElement[] {
  const given = (Array.isArray(raw) ? raw : [raw]).filter((element) => !isBlank(element));
  return given.map((element) => {
    if (!isObject(element)) return { deletes: false, rest: element };
    const key = Object.keys(element).find((each) => each.toLowerCase() === 'operation');
    if (key === undefined) return { deletes: false, rest: element };
    const rest = Object.fromEntries(Object.entries(element).filter(([each]) => each !== key));
    return { deletes: isDelete(element[key], name), rest };
  });
}

function isDelete(operation: unknown, name: string): boolean {
  if (isBlank(operation)) return false;
  const word = typeof operation === 'string' ? operation.trim().toLowerCase() : '';
  if (word === 'delete') return true;
  if (word === 'add') return false;
  const seen = typeof operation === 'string' ? `, not ${quote(operation)}` : '';
  throw new ScimError(400, `The operation of a value of ${name} must be "delete"${seen}.`, 'invalidValue');
}

function managerFromV1(value: unknown): unknown {
  if (!isObject(value)) return value;
  const isId = (name: string): boolean => name.toLowerCase() === MANAGER_ID.toLowerCase();
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [isId(name) ? 'value' : name, member]),
  );
}

function mapped(
  object: { [name: string]: unknown },
  change: (name: string, value: unknown) => unknown,
): { [name: string]: unknown } {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(name, value)]));
}
