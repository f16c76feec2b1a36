/** For whom something is done with streams. */
export interface Receiver {
  organizationId: string;
  /** Null: an operator, who sees every stream of the organization. */
  clientId: string | null;
  /** `aud` of the streams that it makes. */
  audience: string;
}
