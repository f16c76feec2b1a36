/**
 * What each route answers, and which query parameters it knows. A test holds this table against the routes that there are, both
 * ways, and every answer that the end-to-end tests get against what is said here.
 */
import { DELIVERY_ROUTES } from './routes/delivery.js';
import { DIRECTORY_ROUTES } from './routes/directories.js';
import { FEED_ROUTES } from './routes/feed.js';
import { KEY_ROUTES } from './routes/keys.js';
import { ORGANIZATION_ROUTES } from './routes/organizations.js';
import { PEOPLE_ROUTES } from './routes/people.js';
import type { Schema } from './shapes.js';

export interface Route {
  /** By status; null: without a body. */
  answers: Readonly<Record<number, Schema | null>>;
  /** Of requests whose body no rule of class-validator describes. */
  body?: Schema;
  /** With `format=csv` the same as a file. */
  csv?: true;
  /** Names in `PARAMETERS`. */
  query?: readonly string[];
  /** Nobody has to say who they are, or they say it otherwise than by an API key. */
  open?: true;
  /** Other methods are there to be refused. */
  onlyPost?: true;
}

export type Routes = Readonly<Record<string, Route>>;

export const ROUTES: Routes = {
  ...ORGANIZATION_ROUTES,
  ...DIRECTORY_ROUTES,
  ...PEOPLE_ROUTES,
  ...FEED_ROUTES,
  ...DELIVERY_ROUTES,
  ...KEY_ROUTES,
};
