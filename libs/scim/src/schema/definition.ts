// How a schema is written down here: RFC 7643 §7, with the RFC's own defaults filled in.

export interface AttributeDefinition {
  name: string;
  type: 'string' | 'boolean' | 'decimal' | 'integer' | 'dateTime' | 'reference' | 'complex' | 'binary';
  multiValued: boolean;
  description: string;
  required: boolean;
  caseExact: boolean;
  mutability: 'readOnly' | 'readWrite' | 'immutable' | 'writeOnly';
  returned: 'always' | 'never' | 'default' | 'request';
  uniqueness: 'none' | 'server' | 'global';
  canonicalValues?: string[];
  referenceTypes?: string[];
  subAttributes?: AttributeDefinition[];
}

export interface SchemaDefinition {
  id: string;
  name: string;
  description: string;
  attributes: AttributeDefinition[];
}

export type Details = Partial<Omit<AttributeDefinition, 'name' | 'description'>>;

/** One attribute; what `details` does not say has the default of RFC 7643 §2.2. */
export function attribute(name: string, description: string, details: Details = {}): AttributeDefinition {
  return {
    name,
    type: 'string',
    multiValued: false,
    description,
    required: false,
    caseExact: false,
    mutability: 'readWrite',
    returned: 'default',
    uniqueness: 'none',
    ...details,
  };
}

/** A complex attribute with one value. */
export function complex(
  name: string,
  description: string,
  subAttributes: AttributeDefinition[],
): AttributeDefinition {
  return attribute(name, description, { type: 'complex', subAttributes });
}

/** A complex attribute with many values. */
export function list(
  name: string,
  description: string,
  subAttributes: AttributeDefinition[],
): AttributeDefinition {
  return attribute(name, description, { type: 'complex', multiValued: true, subAttributes });
}

/** The sub-attributes that RFC 7643 §2.4 gives to every list: value, display, type, primary. */
export function listElement(
  value: AttributeDefinition,
  canonicalTypes: string[] = [],
): AttributeDefinition[] {
  return [
    value,
    attribute('display', 'A name for people to read.'),
    typeLabel(canonicalTypes),
    primaryFlag(),
  ];
}

/** The label that says what a value is for, such as work or home. */
export function typeLabel(canonicalTypes: string[]): AttributeDefinition {
  const details = canonicalTypes.length > 0 ? { canonicalValues: canonicalTypes } : {};
  return attribute('type', "A label that says the value's purpose.", details);
}

/** The mark of the preferred value; at most one value of a list carries true. */
export function primaryFlag(): AttributeDefinition {
  return attribute('primary', 'Whether this is the preferred value; true at most once.', { type: 'boolean' });
}
