// From the operations of a bulk to resources with ids: every reference is resolved before anything is done. RFC 7644 §3.7.2.
import { quote, ScimError } from '../errors.js';
import type { ResourceType } from '../json.js';
import type { Shape } from '../schema/lookup.js';
import type { Address } from './address.js';
import { referencesReplaced, referencesReplacedInPatch, type IdOf } from './reference.js';
import type { BulkMethod, BulkOperation } from './request.js';

/** An operation that can be turned into a command. */
export interface Resolved {
  method: BulkMethod;
  type: ResourceType;
  /** Of the resource that it makes, changes or deletes. */
  id: string;
  /** Read like If-Match; undefined for a POST. */
  version: string | undefined;
  /** Without references. */
  data: unknown;
}

export interface PlannedOperation {
  operation: BulkOperation;
  wanted: Resolved | { refusal: ScimError };
  /** The resource that it is about; undefined when its path names none. */
  resource: { type: ResourceType; id: string } | undefined;
  /** The operation that makes this resource, by index; undefined when none of the bulk does. */
  madeBy: number | undefined;
  /** The other operations that it refers to, by index. When one of them fails, so does this one. */
  needs: number[];
}

export interface Means {
  shapeOf(type: ResourceType): Shape;
  /** Gives an id to a resource that is to be made. */
  newId(type: ResourceType): string;
}

/** Gives every new resource its id, and puts the ids in place of the references. Never throws: what cannot be resolved is a refusal. */
export function planBulk(operations: readonly BulkOperation[], means: Means): PlannedOperation[] {
  const makers = makersOf(operations, means);
  return operations.map((operation, index) => planned(operation, index, { makers, means }));
}

interface Maker {
  index: number;
  /** Undefined when its path does not say what it makes. */
  id: string | undefined;
}

/** By bulkId, who makes what. Undefined where several operations claim the same one: a guess could put a stranger into a group. */
type Makers = Map<string, Maker | undefined>;

function makersOf(operations: readonly BulkOperation[], { newId }: Means): Makers {
  const makers: Makers = new Map();
  operations.forEach(({ method, bulkId, address }, index) => {
    if (method !== 'POST' || bulkId === undefined) return;
    const maker = { index, id: address && newId(address.type) };
    makers.set(bulkId, makers.has(bulkId) ? undefined : maker);
  });
  return makers;
}

function planned(
  operation: BulkOperation,
  index: number,
  { makers, means }: { makers: Makers; means: Means },
): PlannedOperation {
  const { address, bulkId, refusal } = operation;
  const needs = new Set<number>();
  const makerOf = (name: string): Maker => {
    const maker = makers.get(name);
    if (!maker) throw unresolvable(name, makers.has(name));
    if (maker.index !== index) needs.add(maker.index);
    return maker;
  };
  const plan: PlannedOperation = {
    operation,
    wanted: { refusal: refusal ?? new ScimError(400, 'The operation cannot be read.', 'invalidSyntax') },
    resource: undefined,
    madeBy: undefined,
    needs: [],
  };
  try {
    if (operation.method === 'POST' && bulkId !== undefined && makers.get(bulkId) === undefined)
      throw ambiguous(bulkId);
    const maker = operation.method === 'POST' ? makers.get(bulkId ?? '') : madeHere(address, makerOf);
    const id = maker ? maker.id : address?.id;
    if (address && id !== undefined) plan.resource = { type: address.type, id };
    plan.madeBy = maker?.index;
    if (!refusal && plan.resource) {
      // Of an operation that fails anyway, because the other has no id, it does not matter what is read instead.
      const idOf: IdOf = (name) => makerOf(name).id ?? name;
      plan.wanted = resolved(operation, plan.resource, { means, idOf });
    }
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    plan.wanted = { refusal: refusal ?? error };
  }
  return { ...plan, needs: [...needs] };
}

function madeHere(address: Address | undefined, makerOf: (bulkId: string) => Maker): Maker | undefined {
  return address?.bulkId === undefined ? undefined : makerOf(address.bulkId);
}

function resolved(
  operation: BulkOperation,
  { type, id }: { type: ResourceType; id: string },
  { means, idOf }: { means: Means; idOf: IdOf },
): Resolved {
  const method = operation.method as BulkMethod;
  const shape = means.shapeOf(type);
  const replace = method === 'PATCH' ? referencesReplacedInPatch : referencesReplaced;
  const data = method === 'DELETE' ? undefined : replace(shape, operation.data, idOf);
  return { method, type, id, data, version: method === 'POST' ? undefined : operation.version };
}

function ambiguous(bulkId: string): ScimError {
  return new ScimError(
    400,
    `Several operations have the bulkId ${quote(bulkId)}. Give each POST of a bulk one of its own.`,
    'invalidSyntax',
  );
}

function unresolvable(bulkId: string, isAmbiguous: boolean): ScimError {
  const problem = isAmbiguous
    ? 'several operations of this bulk have it'
    : 'no operation of this bulk that makes a resource has it';
  return new ScimError(409, `The bulkId ${quote(bulkId)} cannot be resolved: ${problem}.`);
}

/** The refusal of an operation that refers to one that failed. */
export function bulkIdFailed(bulkId: string | undefined): ScimError {
  return new ScimError(
    409,
    `The bulkId ${quote(bulkId ?? '')} cannot be resolved: the operation that has it failed. Mend that one, then send both again.`,
  );
}
