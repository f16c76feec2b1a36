/** Rows of the table of routes, in short words. */
import type { Route } from '../routes.js';
import { page, ref } from '../shapes.js';

export const PAGING = ['limit', 'before', 'after', 'order'] as const;
const row = (answers: Route['answers'], more: Partial<Route> = {}): Route => ({ answers, ...more });

/** @param name of an object of the document. */
export const one = (name: string, more?: Partial<Route>): Route => row({ 200: ref(name) }, more);
export const made = (name: string, more?: Partial<Route>): Route => row({ 201: ref(name) }, more);
export const gone: Route = row({ 204: null });
export const going: Route = row({ 202: null });
export const many = (name: string, ...query: readonly string[]): Route =>
  row({ 200: page(ref(name)) }, { query: [...query, ...PAGING] });
export const all = (name: string): Route => row({ 200: page(ref(name)) });
export const answering = (answers: Route['answers'], more?: Partial<Route>): Route => row(answers, more);
export { file } from '../shapes.js';
