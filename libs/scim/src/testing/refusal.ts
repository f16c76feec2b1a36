// For specs: what a caller is told.
import { ScimError, type ScimType } from '../errors.js';

export interface Refusal {
  status: number;
  scimType: ScimType | undefined;
  detail: string;
}

/** Runs something that must be refused and gives the refusal; any other error goes through. */
export function refusalOf(attempt: () => unknown): Refusal {
  try {
    attempt();
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    return { status: error.status, scimType: error.scimType, detail: error.detail };
  }
  throw new Error('nothing was refused');
}
