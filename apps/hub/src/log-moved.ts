/** Tells the workers, after a commit and never inside one, that the log has grown. */
export class LogMoved {
  constructor(readonly tell: () => void) {}
}
