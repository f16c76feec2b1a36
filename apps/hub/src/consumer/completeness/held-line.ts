/** One line of what an app holds: a JSON object, or no more than the id of a person or group. */
import type { Held } from '@app/projections';

/** The line cannot be read. The message says what to send. */
export class UnfitLine extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'UnfitLine';
  }
}

const BARE_ID = /^"?(directory_(user|group)_[0-9A-Za-z]{1,100})"?$/;
const ID_LENGTH_AT_MOST = 200;
// Time and zone are both needed: a time without a zone would be another one on each machine.
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)$/;

const FIELDS: Readonly<Record<string, { kind: Held['kind']; fields: readonly string[] }>> = {
  directory_user: { kind: 'user', fields: ['object', 'id', 'directory_id', 'updated_at'] },
  directory_group: { kind: 'group', fields: ['object', 'id', 'directory_id', 'updated_at'] },
  directory_membership: { kind: 'membership', fields: ['object', 'directory_id', 'group_id', 'user_id'] },
};

/** @throws UnfitLine */
export function heldLine(text: string, line: number): Held {
  const [, bareId, kind] = BARE_ID.exec(text) ?? [];
  if (bareId !== undefined)
    return { kind: kind as 'user' | 'group', id: bareId, memberId: '', updatedAt: null, line };
  const value = objectIn(text);
  const known = FIELDS[String(value['object'])];
  if (!known) {
    const message = `"object" must be one of ${Object.keys(FIELDS).join(', ')}`;
    throw new UnfitLine('unknown_object', message);
  }
  const { kind: named, fields } = known;
  const unknown = Object.keys(value).find((field) => !fields.includes(field));
  if (unknown !== undefined) {
    const message = `'${unknown.slice(0, 100)}' is not compared: send ${fields.join(', ')} only`;
    throw new UnfitLine('unknown_field', message);
  }
  if (named === 'membership') {
    const [id, memberId] = [idOf(value, 'group_id'), idOf(value, 'user_id')];
    return { kind: named, id, memberId, updatedAt: null, line };
  }
  return { kind: named, id: idOf(value, 'id'), memberId: '', updatedAt: timeOf(value), line };
}

function objectIn(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UnfitLine('invalid_json', 'it is neither JSON nor the id of a person or group');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new UnfitLine('invalid_line', 'it must be a JSON object, or the id of a person or group');
  return value as Record<string, unknown>;
}

function idOf(value: Record<string, unknown>, field: string): string {
  const id = value[field];
  if (id === undefined) throw new UnfitLine('required', `"${field}" is missing`);
  if (typeof id === 'string' && id !== '' && id.length <= ID_LENGTH_AT_MOST && !id.includes('\0')) return id;
  throw new UnfitLine('invalid_id', `"${field}" must be a text of 1 to ${ID_LENGTH_AT_MOST} characters`);
}

function timeOf({ updated_at: text }: Record<string, unknown>): Date | null {
  if (text === undefined || text === null) return null;
  const time = new Date(typeof text === 'string' && TIME.test(text) ? text : NaN);
  if (!Number.isNaN(time.getTime())) return time;
  throw new UnfitLine(
    'invalid_time',
    '"updated_at" must be an ISO 8601 time with its zone, such as 2026-01-05T08:00:00.000Z',
  );
}
