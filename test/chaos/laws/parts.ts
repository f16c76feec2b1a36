/** What an application that ends sessions is to be told of what happened, in the words of its protocol. */
import type { DestinationFacts, LoggedEvent, Recording, RevocationProtocol } from '../recording.js';

/** What ends somebody's sessions. */
export const LEAVING: ReadonlySet<string> = new Set(['UserDeactivated', 'UserDeleted']);

/** One call, or one token. */
export interface Part {
  /** As arrivals name it. */
  about: string;
  event: LoggedEvent;
  person: string;
  /** Something later that makes it pointless has happened to the person: it need not be told any more, and may not. */
  undone: boolean;
}

interface Word {
  /** What is to be done, as `reading.ts` reads it. */
  verb: string;
  /** Types of later events of the same person that make it pointless. */
  undoneBy: readonly string[];
}

type Words = Readonly<Record<string, readonly Word[]>>;

const untilBack = (verb: string): Word => ({ verb, undoneBy: ['UserReactivated'] });
const always = (verb: string): Word => ({ verb, undoneBy: [] });
const ends: Words = { UserDeactivated: [untilBack('end')], UserDeleted: [untilBack('end')] };

const WORDS: Readonly<Record<RevocationProtocol, Words>> = {
  'global-token-revocation': ends,
  'back-channel-logout': ends,
  'signed-call': ends,
  'provider-command': {
    UserDeactivated: [untilBack('suspend')],
    UserReactivated: [{ verb: 'reactivate', undoneBy: [...LEAVING] }],
    UserDeleted: [untilBack('delete')],
  },
  // In the order in which they are told. That an account was deactivated stays true, and is told also when it is active again.
  'shared-signals': {
    UserDeactivated: [untilBack('session-revoked'), untilBack('account-disabled'), always('deactivate')],
    UserReactivated: [always('account-enabled')],
    UserDeleted: [untilBack('session-revoked'), always('account-purged')],
  },
};

/** In the order in which they are to be told. */
export function partsOf({ protocol, organizationId }: DestinationFacts, { log }: Recording): Part[] {
  if (protocol === 'webhook') return [];
  const words = WORDS[protocol];
  return log
    .filter((event) => organizationId === null || event.organizationId === organizationId)
    .flatMap((event) =>
      (words[event.type] ?? []).map(({ verb, undoneBy }) => ({
        about: `${event.id} ${verb}`,
        event,
        person: event.subjects[0]!,
        undone: log.some((later) => undoes(later, event) && undoneBy.includes(later.type)),
      })),
    );
}

function undoes(later: LoggedEvent, event: LoggedEvent): boolean {
  return later.position > event.position && later.subjects[0] === event.subjects[0];
}
