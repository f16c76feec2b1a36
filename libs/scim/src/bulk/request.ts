// The envelope of a bulk: RFC 7644 §3.7. Its own schema URN is not asked for, as little as a PATCH's; another one in its place is a mistake.
import { Notes } from '../body/notes.js';
import { quote, ScimError } from '../errors.js';
import { isBlank, isObject } from '../json.js';
import { readAddress, type Address } from './address.js';

export const BULK_REQUEST_URN = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';

export type BulkMethod = 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One operation as it was read. A mistake in it is its own: the others are done all the same. */
export interface BulkOperation {
  /** For the answer, which repeats it; in capitals where it is a method. */
  method: string | undefined;
  bulkId: string | undefined;
  address: Address | undefined;
  /** Read like If-Match. */
  version: string | undefined;
  data: unknown;
  refusal: ScimError | undefined;
}

export interface BulkRequest {
  operations: BulkOperation[];
  /** After so many errors nothing more is done; undefined: everything is tried. */
  failOnErrors: number | undefined;
  /** Names that a bulk does not know, and that were passed over. */
  ignored: string[];
}

export interface BulkLimits {
  maxOperations: number;
  /** See `readAddress`. */
  roots: readonly string[];
}

/**
 * Reads a bulk. Names are read in any case.
 * @throws ScimError 400 invalidSyntax when the envelope is wrong; 413 when there are too many operations, RFC 7644 §3.7.4.
 */
export function parseBulk(body: unknown, { maxOperations, roots }: BulkLimits): BulkRequest {
  const notes = new Notes();
  if (!isObject(body)) throw invalidEnvelope('must be a JSON object');
  const { schemas, failonerrors, operations } = membersOf(body, ENVELOPE, { notes, place: '' });
  refuseOtherSchemas(schemas);
  const failOnErrors = readFailOnErrors(failonerrors);
  if (!Array.isArray(operations)) throw invalidEnvelope('must have a list named Operations');
  if (operations.length > maxOperations) {
    throw new ScimError(
      413,
      `The number of operations (${operations.length}) exceeds the maxOperations (${maxOperations}). Send them in several bulks.`,
    );
  }
  return {
    operations: operations.map((raw) => readOperation(raw, roots, notes)),
    failOnErrors,
    ignored: notes.ignored,
  };
}

const ENVELOPE = ['schemas', 'failonerrors', 'operations'] as const;
const OPERATION = ['method', 'bulkid', 'version', 'path', 'data'] as const;
const METHODS: readonly string[] = ['POST', 'PUT', 'PATCH', 'DELETE'] satisfies BulkMethod[];

function refuseOtherSchemas(schemas: unknown): void {
  if (isBlank(schemas)) return;
  const urns = (Array.isArray(schemas) ? schemas : [schemas]).map((urn) => String(urn).trim().toLowerCase());
  if (!urns.includes(BULK_REQUEST_URN.toLowerCase()))
    throw invalidEnvelope(`must have the schema ${BULK_REQUEST_URN}`);
}

// "The number of errors that the service provider will accept": whoever accepts none stops at the first, as with one.
function readFailOnErrors(raw: unknown): number | undefined {
  if (isBlank(raw)) return undefined;
  const number = typeof raw === 'string' ? Number(raw) : raw;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0)
    throw invalidEnvelope('must have a whole number as failOnErrors, or none');
  return Math.max(number, 1);
}

function readOperation(raw: unknown, roots: readonly string[], notes: Notes): BulkOperation {
  const read: BulkOperation = {
    method: undefined,
    bulkId: undefined,
    address: undefined,
    version: undefined,
    data: undefined,
    refusal: undefined,
  };
  try {
    if (!isObject(raw)) throw invalidOperation('must be an object');
    const { method, bulkid, version, path, data } = membersOf(raw, OPERATION, {
      notes,
      place: 'Operations.',
    });
    read.bulkId = textOf(bulkid);
    read.method = textOf(method);
    read.data = data;
    const address = readAddressLate(path, roots);
    if ('address' in address) read.address = address.address;
    read.method = readMethod(read.method);
    if ('refusal' in address) throw address.refusal;
    refuseWrongPlace(read.method, address.address, path);
    refuseMissing(read, bulkid);
    read.version = readVersion(version);
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    read.refusal = error;
  }
  return read;
}

/** A wrong method is complained of before a wrong path, and yet the answer names the resource that the path names. */
function readAddressLate(
  path: unknown,
  roots: readonly string[],
): { address: Address } | { refusal: ScimError } {
  try {
    return { address: readAddress(path, roots) };
  } catch (error) {
    if (error instanceof ScimError) return { refusal: error };
    throw error;
  }
}

function readMethod(method: string | undefined): string {
  const known = method?.toUpperCase();
  if (known !== undefined && METHODS.includes(known)) return known;
  const found = method === undefined ? 'it has none' : `not ${quote(method)}`;
  throw invalidOperation(`needs a method, POST, PUT, PATCH or DELETE; ${found}`);
}

function refuseWrongPlace(method: string, { type, id, bulkId }: Address, path: unknown): void {
  const one = id !== undefined || bulkId !== undefined;
  if (one === (method !== 'POST')) return;
  const right = method === 'POST' ? `an endpoint, such as /${type}s` : `one resource, such as /${type}s/{id}`;
  throw new ScimError(405, `${method} needs the path of ${right}, not ${quote(String(path))}.`);
}

function refuseMissing({ method, bulkId, data }: BulkOperation, given: unknown): void {
  if (bulkId === undefined && !isBlank(given)) throw invalidOperation('must have text as bulkId');
  if (method === 'POST' && bulkId === undefined)
    throw invalidOperation('needs a bulkId, since its method is POST (RFC 7644 §3.7)');
  if (method !== 'DELETE' && !isObject(data))
    throw invalidOperation(`needs an object named data, since its method is ${method}`);
}

function readVersion(raw: unknown): string | undefined {
  const version = textOf(raw);
  if (version === undefined && !isBlank(raw)) throw invalidOperation('must have text as version');
  return version;
}

/** The text, or the text of a number; undefined for nothing and for everything else. */
function textOf(raw: unknown): string | undefined {
  const text = typeof raw === 'number' ? String(raw) : typeof raw === 'string' ? raw.trim() : '';
  return text === '' ? undefined : text;
}

function membersOf<Name extends string>(
  object: { [name: string]: unknown },
  names: readonly Name[],
  { notes, place }: { notes: Notes; place: string },
): { [Each in Name]?: unknown } {
  const members: { [Each in Name]?: unknown } = {};
  for (const [key, value] of Object.entries(object)) {
    const name = names.find((each) => each === key.toLowerCase());
    if (name) members[name] ??= value;
    else notes.ignore(place + key);
  }
  return members;
}

function invalidEnvelope(problem: string): ScimError {
  return new ScimError(400, `The body of a bulk ${problem}. RFC 7644 §3.7.`, 'invalidSyntax');
}

function invalidOperation(problem: string): ScimError {
  return new ScimError(400, `The operation ${problem}.`, 'invalidSyntax');
}
