/** What a receiver sends when it polls: RFC 8936 §2.2. */
import { badRequest } from './ssf-error.js';
import type { Answer } from './outstanding.js';
import { given, membersOf, membersOfMember } from './stream-body.js';

export const EVENTS_AT_MOST = 100;
/** Of one request; whoever has more says the rest in the next one. */
const ANSWERS_AT_MOST = 1_000;
const JTI_AT_MOST_IN_CHARACTERS = 200;
const ERROR_KEPT_IN_CHARACTERS = 500;

export interface PollWish {
  /** 0: it only answers. */
  maxEvents: number;
  returnImmediately: boolean;
  answers: Map<string, Answer>;
}

/** @throws ApiError 400 */
export function pollWishOf(body: unknown): PollWish {
  const members = membersOf(body ?? {});
  const { maxEvents = EVENTS_AT_MOST, returnImmediately = false } = members;
  if (!Number.isSafeInteger(maxEvents) || (maxEvents as number) < 0)
    throw badRequest('maxEvents must be a whole number, 0 or more.');
  if (typeof returnImmediately !== 'boolean') throw badRequest('returnImmediately must be true or false.');
  const acknowledged = given(members['ack']) ? acknowledgedIn(members['ack']) : [];
  const refused = given(members['setErrs']) ? refusedIn(members['setErrs']) : [];
  const answers = new Map<string, Answer>([...acknowledged, ...refused]);
  if (answers.size > ANSWERS_AT_MOST)
    throw badRequest(
      `ack and setErrs may have ${ANSWERS_AT_MOST} members together. Send the rest in another request.`,
    );
  return { maxEvents: Math.min(maxEvents as number, EVENTS_AT_MOST), returnImmediately, answers };
}

function acknowledgedIn(ack: unknown): [string, Answer][] {
  if (!Array.isArray(ack) || !ack.every(isJti)) throw badRequest('ack must be a list of the jti of tokens.');
  return ack.map((jti) => [jti, null]);
}

function refusedIn(value: unknown): [string, Answer][] {
  return Object.entries(membersOfMember('setErrs', value)).map(([jti, error]) => {
    const { err, description } = membersOfMember(`setErrs.${jti.slice(0, JTI_AT_MOST_IN_CHARACTERS)}`, error);
    if (!isJti(jti) || typeof err !== 'string' || err === '')
      throw badRequest('setErrs must have for each jti an object with err and description.');
    const words = typeof description === 'string' ? `${err}: ${description}` : err;
    return [jti, words.slice(0, ERROR_KEPT_IN_CHARACTERS)];
  });
}

function isJti(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= JTI_AT_MOST_IN_CHARACTERS;
}
