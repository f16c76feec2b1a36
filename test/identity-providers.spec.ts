/** The pages for administrators cannot forget a provider that the dialects and the recordings know. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { dialectOf } from '@app/scim';

const FOLDER = 'docs/identity-providers';
const index = readFileSync(`${FOLDER}/README.md`, 'utf8');

/** | Okta | `okta scim v2.0` | [okta.md](okta.md) | */
const rows = [...index.matchAll(/^\| [^|]+ \| `([^`]+)` \| \[([^\]]+)\]\(\2\) \|$/gm)].map(
  ([, type = '', page = '']) => ({ type, page }),
);

describe('the pages about identity providers', () => {
  it('are all in the index, and nothing else is', () => {
    const pages = readdirSync(FOLDER).filter((name) => name !== 'README.md');
    expect(rows.map(({ page }) => page).sort()).toEqual(pages.sort());
  });

  it.each(rows)('name the type of the directory: $page', ({ type, page }) => {
    expect(readFileSync(`${FOLDER}/${page}`, 'utf8')).toContain(`\`type\`: \`${type}\``);
  });

  it('name no type that a typing error would make generic', () => {
    const others = rows.filter(({ type }) => type !== 'generic scim v2.0');
    expect(others.filter(({ type }) => dialectOf(type) === 'generic')).toEqual([]);
  });

  it('are there for every provider that has recorded conversations', () => {
    const folders = readdirSync('test/idp', { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const recorded = folders.map(
      ({ name }) => ({ entra: 'entra-id', google: 'google-workspace' })[name] ?? name,
    );
    expect(recorded.filter((name) => !rows.some(({ page }) => page === `${name}.md`))).toEqual([]);
  });

  it('say what to paste and what happens when somebody leaves', () => {
    for (const { page } of rows) {
      const text = readFileSync(`${FOLDER}/${page}`, 'utf8');
      expect([page, text.includes('https://<your hub>/scim/v2/<directory id>')]).toEqual([page, true]);
      expect([page, text.includes('\n## When somebody leaves\n')]).toEqual([page, true]);
    }
  });
});
