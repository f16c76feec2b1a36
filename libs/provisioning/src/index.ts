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
} from './commands.js';
export { activateDirectory, closeDirectory, type Occasion } from './directory-life.js';
export { ProvisioningModule } from './provisioning.module.js';
export {
  DirectoryClosed,
  MemberOfItself,
  NameTaken,
  PreconditionFailed,
  TransactionFailed,
  UnknownMembers,
  UnknownResource,
} from './refusals.js';
export { SharedTransaction } from './shared-transaction.js';
