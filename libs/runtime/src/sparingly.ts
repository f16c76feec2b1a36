/** A complaint that comes again and again is told at once, and then now and then, with how often it came meanwhile. */

const QUIET_IN_MILLISECONDS = 10_000;
const COMPLAINTS_REMEMBERED = 100;

export type Complaint = (where: string, error: Error, repeated: number) => void;

/** @returns what to complain to; complaints are the same when their messages are, wherever they come from. */
export function sparingly(
  tell: Complaint,
  now: () => number = () => performance.now(),
): (where: string, error: Error) => void {
  const told = new Map<string, { at: number; repeated: number }>();
  return (where, error) => {
    const last = told.get(error.message);
    if (last && now() - last.at < QUIET_IN_MILLISECONDS) {
      last.repeated += 1;
      return;
    }
    if (told.size >= COMPLAINTS_REMEMBERED) told.clear();
    told.set(error.message, { at: now(), repeated: 0 });
    tell(where, error, last?.repeated ?? 0);
  };
}
