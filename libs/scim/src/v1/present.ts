// A resource as callers of SCIM 1.1 see it: draft-scim-core-schema-01 §5 to §8, draft-scim-api-01 §3.2 and §3.9.
import { isObject, type Attributes, type Json } from '../json.js';
import type { ListResponse } from '../presentation/page.js';
import { ENTERPRISE_URN } from '../schema/enterprise.js';
import { CORE_URN_V1, MANAGER_ID, urnInV1 } from './names.js';

/** What `present` shows, in the shape of 1.1. Addresses stay as they are: they were made from the root that the caller used. */
export function presentV1(presented: { [name: string]: Json }): { [name: string]: Json } {
  return Object.fromEntries(
    Object.entries(presented).flatMap(([name, value]) => {
      const shown = valueInV1(name, value);
      return shown === undefined ? [] : [[urnInV1(name), shown]];
    }),
  );
}

function valueInV1(name: string, value: Json): Json | undefined {
  switch (name) {
    case 'schemas':
      return Array.isArray(value)
        ? value.map((urn) => (typeof urn === 'string' ? urnInV1(urn) : urn))
        : value;
    case 'meta':
      return isObject(value) ? unlessEmpty(without(value, 'resourceType')) : value;
    case 'members':
    case 'groups':
      return Array.isArray(value) ? withoutReferences(value) : value;
    case ENTERPRISE_URN:
      return isObject(value) ? enterpriseInV1(value) : value;
    default:
      return value;
  }
}

/** 1.1 knows the address of a manager, and of nobody else who is referred to. Undefined when nothing else was asked for. */
function withoutReferences(list: Json[]): Json[] | undefined {
  const shown = list.flatMap((one) => (isObject(one) ? (unlessEmpty(without(one, '$ref')) ?? []) : one));
  return shown.length > 0 || list.length === 0 ? shown : undefined;
}

function enterpriseInV1(extension: Attributes): Attributes {
  const { manager, ...rest } = extension;
  if (!isObject(manager)) return extension;
  const { value, ...others } = manager;
  return { ...rest, manager: value === undefined ? others : { [MANAGER_ID]: value, ...others } };
}

function without(object: Attributes, name: string): Attributes {
  const { [name]: _dropped, ...rest } = object;
  return rest;
}

function unlessEmpty(object: Attributes): Attributes | undefined {
  return Object.keys(object).length > 0 ? object : undefined;
}

/** A page in the form of 1.1: draft-scim-api-01 §3.2.2. */
export function listResponseV1<Resource>(page: ListResponse<Resource>): ListResponse<Resource> {
  return { ...page, schemas: [CORE_URN_V1] };
}

export type ErrorBodyV1 = { Errors: { description: string; code: string }[] };

/** The body of an error answer: draft-scim-api-01 §3.9. It has no word for 2.0's `scimType`; the sentence says it. */
export function errorBodyV1({ status, detail }: { status: number; detail: string }): ErrorBodyV1 {
  return { Errors: [{ description: detail, code: String(status) }] };
}
