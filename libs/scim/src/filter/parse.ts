// The grammar of filters, RFC 7644 §3.4.2.2 figure 1: not binds closer than and, and closer than or.
import { resolvePath, type AttributePath } from '../path.js';
import type { AttributeDefinition } from '../schema/definition.js';
import { findDefinition, shapeOf, type Described } from '../schema/lookup.js';
import type { Filter, Operator } from './filter.js';
import { comparisonOf, operand, operatorsOf } from './operand.js';
import { Reader } from './reader.js';

/** What a name stands for in the place where it was found. */
export interface Named {
  path: AttributePath;
  attribute: AttributeDefinition;
  subAttribute?: AttributeDefinition;
}

interface Scope {
  resolve: (name: string) => Named | undefined;
  /** Completes "… knows", for the error sentence. */
  owner: string;
}

/**
 * Reads the `filter` parameter of a query.
 * @throws ScimError 400 invalidFilter that names the 1-based position of the mistake and what was expected there; also for an attribute
 * that the schemas do not know, because a filter that is not understood must never return more than was asked for.
 */
export function parseFilter(text: string, type: Described): Filter {
  const reader = new Reader(text, 'filter');
  reader.skipSpace();
  const filter = readOr(reader, {
    resolve: (name) => resolvePath(type, name),
    owner: `a ${shapeOf(type).type}`,
  });
  reader.skipSpace();
  if (!reader.atEnd) throw reader.expected('and, or, or the end');
  return filter;
}

/** Reads `[filter]` behind an attribute; the paths inside name its sub-attributes. */
export function readBrackets(reader: Reader, attribute: AttributeDefinition): Filter {
  if (!attribute.subAttributes)
    throw reader.expected(`no "[", because ${attribute.name} has no sub-attributes`);
  reader.expect('[');
  const filter = reader.deeper(2, () => readOr(reader, subAttributesOf(attribute)));
  reader.skipSpace();
  reader.expect(']');
  return filter;
}

function subAttributesOf(attribute: AttributeDefinition): Scope {
  return {
    owner: attribute.name,
    resolve: (name) => {
      const found = findDefinition(attribute.subAttributes, name);
      return found && { path: { name: found.name }, attribute: found };
    },
  };
}

function readOr(reader: Reader, scope: Scope): Filter {
  let left = readAnd(reader, scope);
  while (nextKeyword(reader, 'or')) left = { kind: 'or', left, right: readAnd(reader, scope) };
  return left;
}

function readAnd(reader: Reader, scope: Scope): Filter {
  let left = readNot(reader, scope);
  while (nextKeyword(reader, 'and')) left = { kind: 'and', left, right: readNot(reader, scope) };
  return left;
}

function nextKeyword(reader: Reader, keyword: 'and' | 'or'): boolean {
  reader.skipSpace();
  return reader.takeKeyword(keyword);
}

function readNot(reader: Reader, scope: Scope): Filter {
  reader.skipSpace();
  if (reader.takeNot()) return { kind: 'not', filter: readGroup(reader, scope) };
  if (reader.text[reader.position] === '(') return readGroup(reader, scope);
  return readExpression(reader, scope);
}

function readGroup(reader: Reader, scope: Scope): Filter {
  reader.expect('(');
  const filter = reader.deeper(1, () => readOr(reader, scope));
  reader.skipSpace();
  reader.expect(')');
  return filter;
}

function readExpression(reader: Reader, scope: Scope): Filter {
  const start = reader.position;
  const named = scope.resolve(reader.name());
  if (!named) throw reader.expected(`an attribute that ${scope.owner} has`, start);
  if ((named.subAttribute ?? named.attribute).returned === 'never') {
    throw reader.expected('an attribute that may be searched', start);
  }
  if (reader.text[reader.position] === '[' && !named.subAttribute) return readValuePath(reader, named);
  reader.countExpression();
  return readComparison(reader, named);
}

function readValuePath(reader: Reader, { path, attribute }: Named): Filter {
  const filter = readBrackets(reader, attribute);
  if (!reader.takeIf('.')) return { kind: 'value-path', path, filter };
  const scope = subAttributesOf(attribute);
  const right = readExpression(reader, scope);
  return { kind: 'value-path', path, filter: { kind: 'and', left: filter, right } };
}

function readComparison(reader: Reader, named: Named): Filter {
  reader.skipSpace();
  const start = reader.position;
  const operator = reader.letters()?.toLowerCase();
  if (operator === 'pr') return { kind: 'present', path: named.path };
  const { path, definition } = comparable(reader, named, start);
  const operators = operatorsOf(definition);
  if (operator === undefined || !isOneOf(operators, operator)) {
    throw reader.expected(`one of ${operators.join(', ')}, pr behind ${definition.name}`, start);
  }
  reader.skipSpace();
  const written = reader.value();
  const value = operand(reader, definition, written);
  if (value === null && operator !== 'eq' && operator !== 'ne') {
    throw reader.expected(`a value other than null behind ${operator}`, written.position);
  }
  return { kind: 'compare', path, operator, value, comparison: comparisonOf(definition) };
}

function isOneOf(operators: readonly Operator[], word: string): word is Operator {
  return (operators as readonly string[]).includes(word);
}

// `emails co "x"` means emails.value, and `manager eq "x"` manager.value: RFC 7643 §2.4 makes "value" the value of a complex attribute.
function comparable(
  reader: Reader,
  { path, attribute, subAttribute }: Named,
  at: number,
): { path: AttributePath; definition: AttributeDefinition } {
  const definition = subAttribute ?? attribute;
  if (definition.type !== 'complex') return { path, definition };
  const value = findDefinition(definition.subAttributes, 'value');
  if (!value) throw reader.expected(`pr, or a sub-attribute of ${definition.name} to compare`, at);
  return { path: { ...path, subAttribute: value.name }, definition: value };
}
