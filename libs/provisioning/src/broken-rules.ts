/** What PostgreSQL's refusals say of the commands in a transaction. */
import { NameTaken } from './refusals.js';

const UNIQUE_VIOLATION = '23505';
// SQLSTATE classes: data exception, integrity constraint violation, program limit exceeded.
const CLASSES_OF_ONE = ['22', '23', '54'];

export function concernsOne(error: unknown): boolean {
  const { code } = ((error as { driverError?: unknown }).driverError ?? error) as { code?: string };
  return CLASSES_OF_ONE.includes(code?.slice(0, 2) ?? '');
}

/** The unique rule that was broken; undefined when it was none. */
export function constraintOf(error: unknown): string | undefined {
  const { code, constraint } = ((error as { driverError?: unknown }).driverError ?? error) as {
    code?: string;
    constraint?: string;
  };
  return code === UNIQUE_VIOLATION ? constraint : undefined;
}

export function nameTaken(constraint: string): NameTaken {
  return new NameTaken(constraint.startsWith('external_id') ? 'externalId' : 'userName', '', undefined);
}
