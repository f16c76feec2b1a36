export {
  AssignRoles,
  ChangeGroup,
  ChangeUser,
  CreateGroup,
  CreateUser,
  DeleteGroup,
  DeleteUser,
  RemapUsers,
  type Besides,
  type ChangedGroup,
  type Condition,
  type Creation,
  type Desire,
  type DirectoryRef,
  type EventRun,
  type Origin,
  type Purge,
  type Reviewed,
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
  RequiredAttributeMissing,
  TransactionFailed,
  UnknownMembers,
  UnknownResource,
} from './refusals.js';
export {
  advanceReview,
  endReview,
  nextToReview,
  planReview,
  reviewBacklog,
  reviewProgress,
  takeReview,
  type ReviewInHand,
  type ReviewKind,
  type ReviewProgress,
} from './review-plan.js';
export { SharedTransaction } from './shared-transaction.js';
export { WriteTogether, type Outcome, type Outcomes, type Part } from './together.js';
