export {
  ChangeGroup,
  ChangeUser,
  CreateGroup,
  CreateUser,
  DeleteGroup,
  DeleteUser,
  type ChangedGroup,
  type Condition,
  type Creation,
  type Desire,
  type DirectoryRef,
  type EventRun,
  type Origin,
  type Write,
} from './commands.js';
export { activateDirectory, closeDirectory, type Occasion } from './directory-life.js';
export { ProvisioningModule } from './provisioning.module.js';
export {
  DirectoryClosed,
  MemberOfItself,
  NameTaken,
  NeededPartFailed,
  PreconditionFailed,
  TransactionFailed,
  UnknownMembers,
  UnknownResource,
} from './refusals.js';
export { SharedTransaction } from './shared-transaction.js';
export { WriteTogether, type Outcome, type Outcomes, type Part } from './together.js';
