/** What an identity provider may ask for, as commands: the same verbs for HTTP, the command line and tests. */
import { Command } from '@nestjs/cqrs';
import type { Group, User } from '@app/directory';
import type { Attributes, MembershipStep } from '@app/scim';

export interface DirectoryRef {
  id: string;
  organizationId: string;
}

/** The parsed request as a pure function from what is to what shall be. @throws ScimError */
export type Desire = (current: Attributes) => Attributes;

export interface Origin {
  directory: DirectoryRef;
  /** Travels into every event that the request causes. */
  requestId: string;
  /** Told where in the log the command's events are, once they are committed and before the command is answered. */
  recorded?: (run: EventRun) => void;
}

/** Events with consecutive positions, and the one time that they have. */
export interface EventRun {
  first: number;
  last: number;
  /** ISO 8601 with milliseconds, UTC. */
  occurredAt: string;
}

/** For a resource whose id somebody had to know before it was made, as the operations of a bulk do of each other. */
export interface Creation {
  id?: string | undefined;
}

/** Under which the command may be done; else it is refused with `PreconditionFailed`. */
export interface Condition {
  /** Whether the version that the resource has is one that the caller knows: RFC 7644 §3.14, If-Match. */
  onlyIf?: ((version: number) => boolean) | undefined;
}

export class CreateUser extends Command<User> {
  constructor(
    readonly origin: Origin,
    readonly attributes: Attributes,
    readonly creation: Creation = {},
  ) {
    super();
  }
}

export class ChangeUser extends Command<User> {
  constructor(
    readonly origin: Origin,
    readonly id: string,
    readonly desire: Desire,
    readonly condition: Condition = {},
  ) {
    super();
  }
}

export class DeleteUser extends Command<User> {
  constructor(
    readonly origin: Origin,
    readonly id: string,
    readonly condition: Condition = {},
  ) {
    super();
  }
}

/** A group after a command, and those of the members named that do not exist, which were left out. */
export interface ChangedGroup {
  group: Group;
  unknownMembers: string[];
}

export class CreateGroup extends Command<ChangedGroup> {
  constructor(
    readonly origin: Origin,
    readonly attributes: Attributes,
    readonly memberIds: string[],
    readonly creation: Creation = {},
  ) {
    super();
  }
}

export class ChangeGroup extends Command<ChangedGroup> {
  constructor(
    readonly origin: Origin,
    readonly id: string,
    readonly desire: Desire,
    /** In the order of the request; what is done and undone within it leaves no event. */
    readonly members: MembershipStep[],
    readonly condition: Condition = {},
  ) {
    super();
  }
}

export class DeleteGroup extends Command<ChangedGroup> {
  constructor(
    readonly origin: Origin,
    readonly id: string,
    readonly condition: Condition = {},
  ) {
    super();
  }
}

export type Write = CreateUser | ChangeUser | DeleteUser | CreateGroup | ChangeGroup | DeleteGroup;
export type Written = User | ChangedGroup;

// More members than this in one request, and the command gets a transaction of its own.
const MANY_MEMBERS = 500;

/** A command that would keep the others of a shared transaction waiting. */
export function isHeavy(write: Write): boolean {
  if (write instanceof CreateGroup) return write.memberIds.length > MANY_MEMBERS;
  if (!(write instanceof ChangeGroup)) return false;
  const named = write.members.reduce((sum, step) => sum + ('ids' in step ? step.ids.length : 0), 0);
  // A replacement, or a removal by anything but ids, has to look at every member there is.
  return (
    named > MANY_MEMBERS ||
    write.members.some((step) => step.kind === 'replace' || step.kind === 'remove-where')
  );
}

/** Everybody the command names as a member, by id. */
export function membersNamed(write: Write): string[] {
  if (write instanceof CreateGroup) return write.memberIds;
  if (!(write instanceof ChangeGroup)) return [];
  return write.members.flatMap((step) => ('ids' in step ? step.ids : []));
}

/** Whether the command's outcome depends on every member of its group. */
export function needsAllMembers(write: Write): boolean {
  return (
    write instanceof ChangeGroup &&
    write.members.some((step) => step.kind === 'replace' || step.kind === 'remove-where')
  );
}
