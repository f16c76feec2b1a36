/** Whether an error says that the database cannot be reached right now, so that the same may go well a moment later. */

// Classes 08 (connection exception) and 53 (insufficient resources), and the codes of a server that starts or stops.
const STATES = /^(?:08|53)|^(?:57P01|57P02|57P03)$/;
const SYSTEM = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN'];
// What the driver says in words only.
const WORDS =
  /timeout exceeded when trying to connect|Connection terminated|connection error and is not queryable/;

export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, driverError, errors } = error as Error & {
    code?: string;
    driverError?: unknown;
    errors?: unknown[];
  };
  if (code !== undefined && (STATES.test(code) || SYSTEM.includes(code))) return true;
  return WORDS.test(error.message) || isDatabaseAway(driverError) || isDatabaseAway(errors?.[0]);
}
