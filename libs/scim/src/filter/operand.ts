// Turns a written value into one that fits the attribute it is compared with.
import type { AttributeDefinition } from '../schema/definition.js';
import { utcText } from './date-time.js';
import type { Comparison, Operator } from './filter.js';
import type { Reader, WrittenValue } from './reader.js';

// As JSON writes it, RFC 8259 §6: JavaScript alone would also take 0x10 and an empty text.
const NUMBER = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;

const EQUALITY: readonly Operator[] = ['eq', 'ne'];
const ORDER: readonly Operator[] = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'];
const TEXT: readonly Operator[] = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'];

/** How values of an attribute are compared. */
export function comparisonOf({ type, caseExact }: AttributeDefinition): Comparison {
  switch (type) {
    case 'boolean':
    case 'dateTime':
      return type;
    case 'integer':
    case 'decimal':
      return 'number';
    default:
      return caseExact ? 'caseExact' : 'caseInsensitive';
  }
}

/** The operators an attribute can be compared with; RFC 7644 §3.4.2.2 refuses order on booleans and binary values. */
export function operatorsOf({ type }: AttributeDefinition): readonly Operator[] {
  switch (type) {
    case 'boolean':
    case 'binary':
      return EQUALITY;
    case 'dateTime':
    case 'integer':
    case 'decimal':
      return ORDER;
    default:
      return TEXT;
  }
}

/** The value to compare with, or 400 invalidFilter when it cannot be one of the attribute's values. */
export function operand(
  reader: Reader,
  definition: AttributeDefinition,
  written: WrittenValue,
): string | number | boolean | null {
  const { text, quoted, position } = written;
  if (!quoted && text === 'null') return null;
  switch (definition.type) {
    case 'boolean': {
      // "True" in quotes is what Entra sends.
      const lower = text.toLowerCase();
      if (lower === 'true' || lower === 'false') return lower === 'true';
      throw reader.expected(`true or false for ${definition.name}`, position);
    }
    case 'integer':
    case 'decimal': {
      const number = Number(text);
      if (NUMBER.test(text) && Number.isFinite(number)) return number;
      throw reader.expected(`a number for ${definition.name}`, position);
    }
    case 'dateTime': {
      const instant = utcText(text);
      if (instant !== undefined) return instant;
      throw reader.expected(
        `a date and time such as "2011-05-13T04:42:34Z" for ${definition.name}`,
        position,
      );
    }
    default:
      return text;
  }
}
