import { Type } from 'class-transformer';
import { ArrayUnique, IsArray, IsDefined, IsIn, IsInt, Max, Min, ValidateNested } from 'class-validator';
import { RevocationSettings } from '../../revocation-settings.js';
import { emailSubject, SUBJECT_ATTRIBUTES, SubjectSettings, type SubjectAttribute } from '../../subject.js';

/** What security policies usually ask for. */
const TARGET_USUALLY_IN_SECONDS = 300;
const TARGET_AT_MOST_IN_SECONDS = 86_400;
const TARGET_MESSAGE = `target_seconds must be a whole number from 1 to ${TARGET_AT_MOST_IN_SECONDS}`;

export class SignedCallSettings extends RevocationSettings {
  @IsDefined({ message: 'subject must be an object' })
  @ValidateNested({ message: 'subject must be an object' })
  @Type(() => SubjectSettings)
  subject: SubjectSettings = emailSubject();

  /** The person's ids in the body, beside the subject. */
  @IsArray()
  @ArrayUnique({ message: 'person_ids must name each attribute once' })
  @IsIn(SUBJECT_ATTRIBUTES, {
    each: true,
    message: `person_ids must be some of ${SUBJECT_ATTRIBUTES.join(', ')}`,
  })
  person_ids: SubjectAttribute[] = ['id'];

  /** How long after the change the sessions must be gone; the body says until when that is. */
  @IsInt({ message: TARGET_MESSAGE })
  @Min(1, { message: TARGET_MESSAGE })
  @Max(TARGET_AT_MOST_IN_SECONDS, { message: TARGET_MESSAGE })
  target_seconds: number = TARGET_USUALLY_IN_SECONDS;
}
