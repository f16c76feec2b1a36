/** How an application knows a person: a setting of its destination. RFC 9493 §3.2 */
import type { PersonalName } from '@app/delivery';
import { emailOf, type User } from '@app/directory';
import { IsIn, IsString, MaxLength, MinLength, ValidateIf } from 'class-validator';

const SUBJECT_FORMATS = ['email', 'iss_sub', 'opaque'] as const;
export const SUBJECT_ATTRIBUTES = ['id', 'externalId', 'userName', 'email'] as const;
export type SubjectAttribute = (typeof SUBJECT_ATTRIBUTES)[number];

/** @returns undefined for the id: whoever is back under another one is somebody else to the application. */
export function nameOf(attribute: SubjectAttribute): PersonalName | undefined {
  return attribute === 'id' ? undefined : attribute;
}

export class SubjectSettings {
  @IsIn(SUBJECT_FORMATS, { message: `subject.format must be one of ${SUBJECT_FORMATS.join(', ')}` })
  format: (typeof SUBJECT_FORMATS)[number];

  /** With `iss_sub`: who gave out the subject, for example the identity provider's issuer URL. */
  @ValidateIf((subject: SubjectSettings) => subject.format === 'iss_sub' || subject.issuer !== undefined)
  @IsString({ message: 'subject.issuer is needed with the format iss_sub' })
  @MinLength(1)
  @MaxLength(2_048)
  issuer?: string;

  /** With `iss_sub` and `opaque`: which of the person's attributes the application knows them by. */
  @ValidateIf((subject: SubjectSettings) => subject.format !== 'email' || subject.attribute !== undefined)
  @IsIn(SUBJECT_ATTRIBUTES, { message: `subject.attribute must be one of ${SUBJECT_ATTRIBUTES.join(', ')}` })
  attribute?: SubjectAttribute;
}

export function emailSubject(): SubjectSettings {
  return Object.assign(new SubjectSettings(), { format: 'email' as const });
}

export type SubjectIdentifier =
  | { format: 'email'; email: string }
  | { format: 'iss_sub'; iss: string; sub: string }
  | { format: 'opaque'; id: string };

/** Which of a person's attributes is the one that names them. */
export function attributeIn({ format, attribute }: SubjectSettings): SubjectAttribute {
  return format === 'email' ? 'email' : (attribute ?? 'id');
}

/** @returns why not, where the person has no such attribute. */
export function subjectOf(
  person: User,
  settings: SubjectSettings,
): SubjectIdentifier | { impossible: string } {
  const attribute = attributeIn(settings);
  const value = attributeOf(person, attribute);
  if (value === null) return { impossible: `the person has no ${attribute}` };
  switch (settings.format) {
    case 'email':
      return { format: 'email', email: value };
    case 'iss_sub':
      return { format: 'iss_sub', iss: settings.issuer ?? '', sub: value };
    case 'opaque':
      return { format: 'opaque', id: value };
  }
}

/** In the form in which two that mean the same person are equal: addresses are, whatever their capitals. */
export function canonicalSubject(subject: SubjectIdentifier): SubjectIdentifier {
  return subject.format === 'email' ? { format: 'email', email: subject.email.toLowerCase() } : subject;
}

/** Both in canonical form. */
export function isSameSubject(one: SubjectIdentifier, other: SubjectIdentifier): boolean {
  switch (one.format) {
    case 'email':
      return other.format === 'email' && one.email === other.email;
    case 'iss_sub':
      return other.format === 'iss_sub' && one.iss === other.iss && one.sub === other.sub;
    case 'opaque':
      return other.format === 'opaque' && one.id === other.id;
  }
}

/** @returns null when the person has no such attribute. */
export function attributeOf(person: User, name: SubjectAttribute): string | null {
  if (name === 'id') return person.id;
  const value = name === 'email' ? emailOf(person.attributes) : person.attributes[name];
  return typeof value === 'string' && value !== '' ? value : null;
}
