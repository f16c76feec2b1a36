/** A subject as a receiver names it: RFC 9493, in the format in which its stream names people. */
import { canonicalSubject, type SubjectIdentifier } from '@app/revocation';
import { badRequest } from './ssf-error.js';
import { membersOfMember, requiredText, type Members } from './stream-body.js';
import { settingsOf, type Stream } from './stream-shown.js';

const NAME_AT_MOST_IN_CHARACTERS = 1_024;

/** @throws ApiError 400 for another format: nobody would ever be named so */
export function subjectIn(body: Members, stream: Stream): SubjectIdentifier {
  const members = membersOfMember('subject', body['subject']);
  const { format } = settingsOf(stream).subject;
  if (members['format'] !== format)
    throw badRequest(`subject.format must be ${format}: this stream names people so.`);
  const text = (name: string): string => requiredText(members, name, NAME_AT_MOST_IN_CHARACTERS);
  switch (format) {
    case 'email':
      return canonicalSubject({ format, email: text('email') });
    case 'iss_sub':
      return canonicalSubject({ format, iss: text('iss'), sub: text('sub') });
    case 'opaque':
      return canonicalSubject({ format, id: text('id') });
  }
}
