/** Rows of the table of routes, in short words. */
import type { Route } from '../routes.js';
import { page, ref, type Schema } from '../shapes.js';

export const PAGING = ['limit', 'before', 'after', 'order'] as const;
/** Who one is not known to be, or has no permission; what is not there; what cannot be meant; too much, and our own faults. */
const USUAL = [400, 401, 403, 404, 409, 422, 429, 500, 503] as const;

const row = (answers: Route['answers'], more: Partial<Route> = {}): Route => ({
  answers,
  refusals: USUAL,
  ...more,
});

/** @param name of an object of the document. */
export const one = (name: string, more?: Partial<Route>): Route => row({ 200: ref(name) }, more);
export const made = (name: string, more?: Partial<Route>): Route => row({ 201: ref(name) }, more);
export const gone: Route = row({ 204: null });
export const going: Route = row({ 202: null });
export const many = (name: string, ...query: readonly string[]): Route =>
  row({ 200: page(ref(name)) }, { query: [...query, ...PAGING] });
export const all = (name: string): Route => row({ 200: page(ref(name)) });
export const answering = (answers: Route['answers'], more?: Partial<Route>): Route => row(answers, more);
/** A file of another type than JSON. */
export const file = (contentMediaType: string): Schema => ({ type: 'string', contentMediaType });
