/** What can be wrong with a command in view of what the directory holds. One class per thing that can be wrong. */

export class UnknownResource extends Error {
  constructor(
    readonly type: 'User' | 'Group',
    readonly id: string,
  ) {
    super(`${type} ${id} does not exist in this directory`);
    this.name = 'UnknownResource';
  }
}

/** The resource has another version than the request asked for: RFC 7644 §3.14. */
export class PreconditionFailed extends Error {
  constructor(
    readonly id: string,
    readonly version: number,
  ) {
    super(`${id} has the version ${version}`);
    this.name = 'PreconditionFailed';
  }
}

export class NameTaken extends Error {
  constructor(
    readonly attribute: 'userName' | 'externalId',
    readonly value: string,
    readonly holderId: string | undefined,
    readonly type: 'User' | 'Group' = 'User',
  ) {
    super(`${attribute} is taken${holderId ? ` by ${holderId}` : ''}`);
    this.name = 'NameTaken';
  }
}

export class UnknownMembers extends Error {
  constructor(readonly ids: string[]) {
    super(`none of the ${ids.length} members named exists in this directory`);
    this.name = 'UnknownMembers';
  }
}

export class MemberOfItself extends Error {
  constructor(readonly groupId: string) {
    super(`group ${groupId} cannot be a member of itself`);
    this.name = 'MemberOfItself';
  }
}

/** The directory's attribute mapping requires what the write would leave somebody active without. */
export class RequiredAttributeMissing extends Error {
  constructor(
    /** As consumers know it. */
    readonly attribute: string,
    /** Where it stands in the person's SCIM attributes. */
    readonly path: string,
  ) {
    super(`${attribute} is required in this directory`);
    this.name = 'RequiredAttributeMissing';
  }
}

/** A part of several commands that needs another part, which failed. */
export class NeededPartFailed extends Error {
  /** @param part the one that failed, by its index. */
  constructor(readonly part: number) {
    super(`part ${part} failed, which this one needs`);
    this.name = 'NeededPartFailed';
  }
}

export class DirectoryClosed extends Error {
  constructor(readonly directoryId: string) {
    super(`directory ${directoryId} was deleted`);
    this.name = 'DirectoryClosed';
  }
}

/**
 * The transaction itself failed, or its COMMIT was not answered. The same request may be sent again: what was done is
 * not done twice.
 */
export class TransactionFailed extends Error {
  constructor(cause: unknown) {
    super('the change was not confirmed by the database', { cause });
    this.name = 'TransactionFailed';
  }
}
