/** The embedded PostgreSQL cannot be had here as things are; the message says why and what the operator can do. */
export class NoEmbeddedDatabase extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NoEmbeddedDatabase';
  }
}
