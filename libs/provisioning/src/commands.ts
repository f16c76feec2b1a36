/** What an identity provider may ask for, as commands: the same verbs for HTTP, the command line and tests. */
import { Command } from '@nestjs/cqrs';
import type { DirectoryRules, Group, LeavingPolicy, User } from '@app/directory';
import type { Attributes, MembershipStep } from '@app/scim';

export interface DirectoryRef {
  id: string;
  organizationId: string;
  /** As it was when the request came; `USUAL_LEAVING_POLICY` unless said. */
  policy?: LeavingPolicy | undefined;
  /** As they were when the request came. Those that are in force are looked up when these turn out to be old, or are not here. */
  rules?: DirectoryRules | undefined;
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

export interface Creation {
  /** For a resource whose id somebody had to know before it was made, as the operations of a bulk do of each other. */
  id?: string | undefined;
  /** Of a person who signs in and whom no identity provider has told of yet; see `UserAdopted`. */
  origin?: User['origin'];
}

/** Under which the command may be done; else it is refused with `PreconditionFailed`. */
export interface Condition {
  /** Whether the version that the resource has is one that the caller knows: RFC 7644 §3.14, If-Match. */
  onlyIf?: ((version: number) => boolean) | undefined;
}

/** What a request brought that is no attribute of the resource. */
export interface Besides {
  /** A password came with it. Its value goes nowhere; that there was one is an event. */
  hasPassword?: boolean | undefined;
}

/** `due`: deletes whatever the policy says, but only somebody inactive whose time to be purged has come; else nothing happens. */
export type Purge = 'no' | 'due';

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
    readonly besides: Besides = {},
  ) {
    super();
  }
}

/** @returns the person as they were last, or as they are if the directory keeps people who leave. */
export class DeleteUser extends Command<User> {
  constructor(
    readonly origin: Origin,
    readonly id: string,
    readonly condition: Condition = {},
    readonly purge: Purge = 'no',
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

/** How many people turned out to be different. */
export interface Reviewed {
  changed: number;
}

/** Looks at people again after the directory's attribute mapping has changed. Ids of nobody are passed over. */
export class RemapUsers extends Command<Reviewed> {
  constructor(
    readonly origin: Origin,
    readonly ids: readonly string[],
  ) {
    super();
  }
}

/** Gives people the roles that their groups give them now. Ids of nobody are passed over. */
export class AssignRoles extends Command<Reviewed> {
  constructor(
    readonly origin: Origin,
    readonly ids: readonly string[],
    /** The request that made it necessary, by the person's id, where it is not the origin's. */
    readonly causes: ReadonlyMap<string, string> = new Map(),
  ) {
    super();
  }
}

/** What a request asks for. */
export type Write = CreateUser | ChangeUser | DeleteUser | CreateGroup | ChangeGroup | DeleteGroup;
export type Written = User | ChangedGroup;
/** What nobody asks for: it follows from something else. */
export type Review = RemapUsers | AssignRoles;
export type Task = Write | Review;

export function isReview(write: object): write is Review {
  return write instanceof RemapUsers || write instanceof AssignRoles;
}

// More members than this in one request, and the command gets a transaction of its own.
const MANY_MEMBERS = 500;

/** A command that would keep the others of a shared transaction waiting. */
export function isHeavy(write: Task): boolean {
  if (write instanceof CreateGroup) return write.memberIds.length > MANY_MEMBERS;
  // Everybody who is in it has to be looked at.
  // Many people each, and what groups give has to be worked out from what is written already.
  if (write instanceof DeleteGroup || isReview(write)) return true;
  if (!(write instanceof ChangeGroup)) return false;
  const named = write.members.reduce((sum, step) => sum + ('ids' in step ? step.ids.length : 0), 0);
  // A replacement, or a removal by anything but ids, has to look at every member there is.
  return (
    named > MANY_MEMBERS ||
    write.members.some((step) => step.kind === 'replace' || step.kind === 'remove-where')
  );
}

/** Everybody the command names as a member, by id. */
export function membersNamed(write: Task): string[] {
  if (write instanceof CreateGroup) return write.memberIds;
  if (!(write instanceof ChangeGroup)) return [];
  return write.members.flatMap((step) => ('ids' in step ? step.ids : []));
}

/** Whether the command's outcome depends on every member of its group. */
export function needsAllMembers(write: Task): boolean {
  if (write instanceof DeleteGroup) return true;
  return (
    write instanceof ChangeGroup &&
    write.members.some((step) => step.kind === 'replace' || step.kind === 'remove-where')
  );
}
