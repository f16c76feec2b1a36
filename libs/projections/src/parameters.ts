/** Collects parameters and hands out their numbers. */
export class Parameters {
  readonly values: unknown[] = [];
  private base: string | undefined;

  /** @param baseUrl the root under which the caller sees resources; their addresses are compared with what it shows. */
  constructor(private readonly baseUrl = '') {}

  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  /** The address of a resource as it is shown; our ids hold nothing that a path would have to encode. */
  address(type: string, id: string): string {
    this.base ??= this.add(this.baseUrl);
    return `(${this.base}::text || '/' || ${type} || 's/' || ${id})`;
  }
}
