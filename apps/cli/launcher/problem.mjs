/** Something the person at the keyboard can mend, or wanted: shown as its message, without a stack. */
export class Problem extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
