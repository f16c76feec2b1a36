/** The page of error codes and the code that answers with them say the same. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { errorsReference } from './errors-page.js';
import { FIELD_CODES, OAUTH_CODES, REFUSALS, SCIM_TYPES } from './refusals/index.js';
import { WORDS } from './words/index.js';

const files = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts') && !name.startsWith('openapi/'))
    .map((name) => join(folder, name));
const HUB = files('apps/hub/src');

/** The functions that take a code, and which of their arguments it is. */
const TAKES_CODE: Readonly<Record<string, number>> = {
  ApiError: 1,
  answer: 1,
  refusal: 1,
  'this.refused': 0,
  UnsuitableUrl: 0,
  wrong: 1,
  UnfitKey: 0,
};

/** Every code that stands in a file: what functions are given as one, and what members and variables named `code` are. */
function codesIn(file: string): string[] {
  const codes: string[] = [];
  const take = (value: ts.Expression): void => {
    if (ts.isStringLiteralLike(value) && /^[a-z_]+$/.test(value.text)) codes.push(value.text);
    else if (ts.isConditionalExpression(value)) [value.whenTrue, value.whenFalse].forEach(take);
    else if (ts.isBinaryExpression(value)) [value.left, value.right].forEach(take);
    else if (ts.isParenthesizedExpression(value)) take(value.expression);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) || ts.isCallExpression(node)) {
      const code = node.arguments?.[TAKES_CODE[node.expression.getText()] ?? Infinity];
      if (code) take(code);
    }
    if ((ts.isPropertyAssignment(node) || ts.isVariableDeclaration(node)) && node.name.getText() === 'code')
      if (node.initializer) take(node.initializer);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true));
  return codes;
}

const text = (file: string): string => readFileSync(file, 'utf8');

/** What `validation.ts` makes of the rules of class-validator that bodies are checked by. */
const RULES =
  /@(Is(?:String|Int|Boolean|Array|Object|In|Defined|Email|Url|ISO8601|NotEmpty|StartFrom)|Array\w+|Min|Max|MinLength|MaxLength|Matches|Equals|ValidateNested)\(/g;
const ofRules = [...HUB, ...files('libs/delivery/src')].flatMap((file) =>
  [...text(file).matchAll(RULES)].map(([, name]) => codeOfRule(name!)),
);

function codeOfRule(decorator: string): string {
  if (decorator === 'ValidateNested') return 'invalid_nested_validation';
  if (decorator === 'IsStartFrom') return 'invalid_start_from';
  const rule = decorator.replace('ISO', 'Iso').replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`);
  return `invalid_${rule.toLowerCase()}`;
}

/** Where the name of a field is put into the code, by `invalid_${field}`. */
const OF_FILTERS = ['invalid_kind', 'invalid_outcome', 'invalid_state', 'invalid_cause'];

/** Tables that codes are looked up in. */
const OF_TABLES = HUB.filter((file) => text(file).includes('_already_used')).flatMap((file) =>
  [...text(file).matchAll(/'([a-z_]+_already_used)'/g)].map(([, code]) => code!),
);

const answered = new Set([
  ...HUB.flatMap(codesIn),
  ...files('libs/delivery/src').flatMap(codesIn),
  ...ofRules,
  ...OF_FILTERS,
  ...OF_TABLES,
]);

describe('the page of error codes', () => {
  it('is the one that `npm run docs` writes', () => {
    expect(text('docs/reference/errors.md')).toBe(errorsReference());
  });

  it('has every code that something answers with', () => {
    const known = { ...REFUSALS, ...FIELD_CODES, ...OAUTH_CODES };
    expect([...answered].filter((code) => !(code in known)).sort()).toEqual([]);
  });

  it('has none that nothing answers with', () => {
    const codes = [...Object.keys(REFUSALS), ...Object.keys(FIELD_CODES)];
    expect(codes.filter((code) => !answered.has(code)).sort()).toEqual([]);
  });

  it('has the words of SCIM and of OAuth, all of them and no others', () => {
    const union = (file: string, name: string): string[] => {
      const words = text(file).split(`export type ${name} =`)[1]!.split(';')[0]!;
      return [...words.matchAll(/'(\w+)'/g)].map(([, word]) => word!).sort();
    };
    expect(Object.keys(SCIM_TYPES).sort()).toEqual(union('libs/scim/src/errors.ts', 'ScimType'));
    expect(Object.keys(OAUTH_CODES).sort()).toEqual(
      union('apps/hub/src/oauth/oauth-error.ts', 'OAuthErrorCode'),
    );
  });

  it('has each code that a route is said to refuse with', () => {
    const named = Object.values(WORDS).flatMap(({ refusals }) => refusals.map((code) => code.split(':')[0]!));
    expect(named.filter((code) => !REFUSALS[code])).toEqual([]);
  });
});
