/** What people read of a route. Pure. */

export interface Words {
  /** Programs that make SDKs name a function by it. */
  operationId: string;
  summary: string;
  description: string;
  /** Codes beside those that follow from what the route is. */
  refusals: readonly string[];
}

export interface Chapter {
  /** Of the document. */
  tag: string;
  routes: Readonly<Record<string, Words>>;
}

export const words = (
  operationId: string,
  summary: string,
  description: string,
  ...refusals: readonly string[]
): Words => ({ operationId, summary, description, refusals });
