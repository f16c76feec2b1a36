/** What a row of the tables of error codes says. Pure. */

export interface Refusal {
  /** That it comes with; the first is the usual one. */
  status: readonly number[];
  means: string;
  /** What the caller does about it. */
  remedy: string;
}

export type Refusals = Readonly<Record<string, Refusal>>;

export const row = (status: number | readonly number[], means: string, remedy: string): Refusal => ({
  status: [status].flat(),
  means,
  remedy,
});
