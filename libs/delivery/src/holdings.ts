/**
 * How many bytes of events the slices of one process hold together. A slice reserves before it reads, so that many of them
 * cannot read at once what only one of them had room for.
 */
export class Holdings {
  private bytes = 0;

  constructor(private readonly bytesAtMost: number) {}

  get held(): number {
    return this.bytes;
  }

  /** @returns what may be read: as much as was wished for, or what is left. An event that is larger is read alone all the same. */
  reserve(wishInBytes: number): number {
    const granted = Math.max(0, Math.min(wishInBytes, this.bytesAtMost - this.bytes));
    this.bytes += granted;
    return granted;
  }

  /** @param bytes more, or less, is held than before. */
  change(bytes: number): void {
    this.bytes += bytes;
  }
}
