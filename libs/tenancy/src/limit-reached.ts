/** There are as many as there may be. */
export class LimitReached extends Error {
  constructor(
    readonly what: string,
    readonly most: number,
    readonly remedy: string,
  ) {
    super(`There may be at most ${most} ${what}. ${remedy}`);
    this.name = 'LimitReached';
  }
}
