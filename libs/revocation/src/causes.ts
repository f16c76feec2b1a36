/** Why somebody's sessions should end. Pure. */
import type { Wishes } from '@app/delivery';
import type { DomainEventType, RecordedEvent, User } from '@app/directory';

/** `access_removed`: out of the last group that grants the application. `credential_changed`: their password is another. */
export const REVOCATION_CAUSES = ['deactivated', 'deleted', 'access_removed', 'credential_changed'] as const;
export type RevocationCause = (typeof REVOCATION_CAUSES)[number];

/** What applications are told of unless they ask for something else. */
export const USUAL_CAUSES: readonly RevocationCause[] = ['deactivated', 'deleted', 'access_removed'];

export interface Leaving {
  cause: RevocationCause;
  person: User;
}

/** @returns undefined for what ends no sessions. */
export function leavingOf(event: RecordedEvent): Leaving | undefined {
  switch (event.type) {
    case 'UserDeactivated':
      return { cause: 'deactivated', person: event.data.user };
    // It may be the only word of it; for somebody who was deactivated before it ends nothing twice.
    case 'UserDeleted':
      return { cause: 'deleted', person: event.data.user };
    case 'UserCredentialChanged':
      return { cause: 'credential_changed', person: event.data.user };
    case 'MembershipChanged':
      return leftGroup(event);
    default:
      return undefined;
  }
}

const TYPES: Readonly<Record<RevocationCause, DomainEventType>> = {
  deactivated: 'UserDeactivated',
  deleted: 'UserDeleted',
  access_removed: 'MembershipChanged',
  credential_changed: 'UserCredentialChanged',
};

/** The cause that each type of event stands for. */
export const CAUSES_BY_TYPE: Readonly<Record<string, RevocationCause>> = Object.fromEntries(
  REVOCATION_CAUSES.map((cause) => [TYPES[cause], cause]),
);

/** The types of the events that end sessions for these causes; `leavingOf` says whether one does. */
export function typesOfCauses(causes: readonly RevocationCause[] = REVOCATION_CAUSES): DomainEventType[] {
  return causes.map((cause) => TYPES[cause]);
}

function leftGroup({
  data,
  afterwards,
}: Extract<RecordedEvent, { type: 'MembershipChanged' }>): Leaving | undefined {
  if (data.change !== 'removed' || data.member.type !== 'User') return undefined;
  // Who hears of every membership knows of each whether it was the last one.
  if (afterwards && !afterwards.endsAccess) return undefined;
  return { cause: 'access_removed', person: data.member.user };
}

/**
 * Of a protocol that only ends sessions: sent late, it would log out somebody who has come back. An old password is known to
 * others whoever is back, so what it has opened must end all the same; and who lost a group has not got it back by that.
 */
export function supersededByReturn({ type }: Pick<RecordedEvent, 'type'>): DomainEventType[] {
  return type === 'UserDeactivated' || type === 'UserDeleted' ? ['UserReactivated'] : [];
}

/**
 * One for each thing that happened, the same at every application and in every attempt: what they all say of it can be put
 * side by side. It is the event's own id.
 */
export function txnOf({ id }: RecordedEvent): string {
  return id;
}

/** `wants` of a protocol that ends sessions. Of memberships only those in the groups that the destination names count. */
export function wantsLeaving(
  event: RecordedEvent,
  { settings, groupIds }: Wishes<{ causes: readonly RevocationCause[] }>,
): boolean {
  const leaving = leavingOf(event);
  if (!leaving || !settings.causes.includes(leaving.cause)) return false;
  return event.type !== 'MembershipChanged' || (groupIds?.includes(event.data.group.id) ?? false);
}

/**
 * Headers of every call: of what it is a part, and where that stands in its directory, so that an older change which
 * arrives later cannot undo it.
 */
export function placeOf(event: RecordedEvent): Record<string, string> {
  return {
    'rollcall-txn': txnOf(event),
    'rollcall-directory': event.directoryId,
    'rollcall-sequence': String(event.sequence),
  };
}
