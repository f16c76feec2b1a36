/** One handler per command, so that the command bus knows where each goes; all of them go to the shared transaction. */
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { User } from '@app/directory';
import {
  AssignRoles,
  ChangeGroup,
  ChangeUser,
  CreateGroup,
  CreateUser,
  DeleteGroup,
  DeleteUser,
  RemapUsers,
  type ChangedGroup,
  type Reviewed,
} from './commands.js';
import { SharedTransaction } from './shared-transaction.js';
import { WriteTogether, type Outcomes } from './together.js';

@CommandHandler(CreateUser)
export class CreateUserHandler implements ICommandHandler<CreateUser> {
  constructor(private readonly transaction: SharedTransaction) {}
  execute(command: CreateUser): Promise<User> {
    return this.transaction.submit(command) as Promise<User>;
  }
}

@CommandHandler(ChangeUser)
export class ChangeUserHandler implements ICommandHandler<ChangeUser> {
  constructor(private readonly transaction: SharedTransaction) {}
  execute(command: ChangeUser): Promise<User> {
    return this.transaction.submit(command) as Promise<User>;
  }
}

@CommandHandler(DeleteUser)
export class DeleteUserHandler implements ICommandHandler<DeleteUser> {
  constructor(private readonly transaction: SharedTransaction) {}
  execute(command: DeleteUser): Promise<User> {
    return this.transaction.submit(command) as Promise<User>;
  }
}

@CommandHandler(CreateGroup)
export class CreateGroupHandler implements ICommandHandler<CreateGroup> {
  constructor(private readonly transaction: SharedTransaction) {}
  execute(command: CreateGroup): Promise<ChangedGroup> {
    return this.transaction.submit(command) as Promise<ChangedGroup>;
  }
}

@CommandHandler(ChangeGroup)
export class ChangeGroupHandler implements ICommandHandler<ChangeGroup> {
  constructor(private readonly transaction: SharedTransaction) {}
  execute(command: ChangeGroup): Promise<ChangedGroup> {
    return this.transaction.submit(command) as Promise<ChangedGroup>;
  }
}

@CommandHandler(DeleteGroup)
export class DeleteGroupHandler implements ICommandHandler<DeleteGroup> {
  constructor(private readonly transaction: SharedTransaction) {}
  execute(command: DeleteGroup): Promise<ChangedGroup> {
    return this.transaction.submit(command) as Promise<ChangedGroup>;
  }
}

@CommandHandler(RemapUsers)
export class RemapUsersHandler implements ICommandHandler<RemapUsers> {
  constructor(private readonly transaction: SharedTransaction) {}
  execute(command: RemapUsers): Promise<Reviewed> {
    return this.transaction.review(command);
  }
}

@CommandHandler(AssignRoles)
export class AssignRolesHandler implements ICommandHandler<AssignRoles> {
  constructor(private readonly transaction: SharedTransaction) {}
  execute(command: AssignRoles): Promise<Reviewed> {
    return this.transaction.review(command);
  }
}

@CommandHandler(WriteTogether)
export class WriteTogetherHandler implements ICommandHandler<WriteTogether> {
  constructor(private readonly transaction: SharedTransaction) {}
  execute(command: WriteTogether): Promise<Outcomes> {
    return this.transaction.submitTogether(command);
  }
}

export const PROVISIONING_HANDLERS = [
  CreateUserHandler,
  ChangeUserHandler,
  DeleteUserHandler,
  CreateGroupHandler,
  ChangeGroupHandler,
  DeleteGroupHandler,
  RemapUsersHandler,
  AssignRolesHandler,
  WriteTogetherHandler,
];
