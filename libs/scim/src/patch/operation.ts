// The envelope of a PATCH: RFC 7644 §3.5.2. Its own schema URN is not asked for; several identity providers leave it out.
import { quote, ScimError } from '../errors.js';
import { isObject } from '../json.js';
import { MAX_OPERATIONS } from '../limits.js';

export interface Operation {
  op: 'add' | 'replace' | 'remove';
  /** Absent when the operation is about the resource as a whole. */
  path?: string;
  /** undefined when the operation has no value at all. */
  value: unknown;
}

/**
 * The operations of a body. Keys and `op` are read in any case, unknown keys are ignored, an empty list of operations is a request that
 * changes nothing, an empty path is no path, and an operation without `op` replaces.
 * @throws ScimError 400 invalidSyntax, 400 tooMany.
 */
export function readOperations(body: unknown): Operation[] {
  const operations = isObject(body) ? memberInAnyCase(body, 'operations') : undefined;
  if (!Array.isArray(operations)) {
    throw new ScimError(
      400,
      'The body of a PATCH must be a JSON object with a list named Operations.',
      'invalidSyntax',
    );
  }
  if (operations.length > MAX_OPERATIONS) {
    throw new ScimError(
      400,
      `A PATCH may have ${MAX_OPERATIONS} operations, this one has ${operations.length}.`,
      'tooMany',
    );
  }
  return operations.map(readOperation);
}

function readOperation(raw: unknown, index: number): Operation {
  if (!isObject(raw)) throw invalidSyntax(index, 'must be an object');
  const op = memberInAnyCase(raw, 'op') ?? 'replace';
  const kind = typeof op === 'string' ? op.trim().toLowerCase() : '';
  if (kind !== 'add' && kind !== 'replace' && kind !== 'remove') {
    throw invalidSyntax(
      index,
      `has an op other than add, replace and remove${typeof op === 'string' ? `: ${quote(op)}` : ''}`,
    );
  }
  const path = memberInAnyCase(raw, 'path') ?? '';
  if (typeof path !== 'string')
    throw new ScimError(400, `The path of operation ${index + 1} must be text.`, 'invalidPath');
  const value = memberInAnyCase(raw, 'value');
  return path.trim() === '' ? { op: kind, value } : { op: kind, path, value };
}

function memberInAnyCase(object: { [name: string]: unknown }, name: string): unknown {
  if (Object.hasOwn(object, name)) return object[name];
  const found = Object.keys(object).find((key) => key.toLowerCase() === name);
  return found === undefined ? undefined : object[found];
}

function invalidSyntax(index: number, problem: string): ScimError {
  return new ScimError(400, `Operation ${index + 1} ${problem}.`, 'invalidSyntax');
}
