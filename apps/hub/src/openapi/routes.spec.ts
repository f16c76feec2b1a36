import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { routeName } from './document.js';
import { PARAMETERS } from './parameters.js';
import { ROUTES } from './routes.js';
import { WORDS } from './words/index.js';

const { paths } = JSON.parse(readFileSync('docs/reference/openapi.json', 'utf8')) as {
  paths: Record<string, Record<string, object>>;
};
const there = Object.entries(paths).flatMap(([path, item]) =>
  Object.keys(item).map((method) => routeName(method, path)),
);

describe('the table of what routes answer', () => {
  it('has a row for each route that there is, and none for one that there is not', () => {
    expect(there.filter((name) => !ROUTES[name])).toEqual([]);
    expect(Object.keys(ROUTES).filter((name) => !there.includes(name))).toEqual([]);
  });

  it('names only parameters that are described', () => {
    const asked = Object.values(ROUTES).flatMap(({ query = [] }) => query);
    expect(asked.filter((name) => !PARAMETERS[name])).toEqual([]);
  });

  it('has words for each route, and for none that there is not', () => {
    expect(Object.keys(ROUTES).filter((name) => !WORDS[name])).toEqual([]);
    expect(Object.keys(WORDS).filter((name) => !ROUTES[name])).toEqual([]);
  });
});
