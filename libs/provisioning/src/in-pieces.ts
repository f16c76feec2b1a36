/** What is left to do when the database refuses a value in one of several commands, and says nothing of which. */
import { errorsIn, WriteTogether, type Outcome, type Outcomes } from './together.js';

/**
 * Does one half after the other, each in a transaction of its own and, if it must be, in halves again: so the command that is to blame ends up
 * alone, and all others are done.
 * @param refusal for the commands of a unit that cannot be halved.
 * @param submit does a piece; its outcomes include those of the pieces before.
 */
export async function doneInPieces(
  whole: WriteTogether,
  refusal: unknown,
  submit: (piece: WriteTogether) => Promise<Outcomes>,
): Promise<Outcomes> {
  const { origin, parts, units, manner } = whole;
  if (units.length <= 1) return refused(whole, refusal);
  const half = Math.ceil(units.length / 2);
  let before = manner.before ?? [];
  for (const some of [units.slice(0, half), units.slice(half)]) {
    if (errorsIn(before) >= (manner.failOnErrors ?? Infinity)) break;
    const piece = new WriteTogether(origin, parts, some, { ...manner, before });
    // Here others have been done already, so a piece that fails is the outcome of its own commands only.
    before = await submit(piece).catch((error: unknown) => refused(piece, error));
  }
  return before;
}

function refused({ units, manner }: WriteTogether, refusal: unknown): Outcomes {
  const outcomes: (Outcome | undefined)[] = [...(manner.before ?? [])];
  for (const index of units.flat()) outcomes[index] = { refusal };
  return outcomes;
}
