/** What a directory does with people who leave: as callers of the API set it, as they see it, and as the rules obey it. */
import type { LeavingPolicy } from '@app/directory';
import type { Directory, LeavingSettings } from '@app/tenancy';
import { IsIn, IsInt, Max, Min, ValidateIf } from 'class-validator';
import { invalid } from './consumer/validation.js';

const PURGE_AFTER_DAYS_AT_MOST = 3_650;

/** What is not there is left as it is. */
export class LeavingSettingsBody {
  /** What DELETE does to a person: end the resource, or keep it as an inactive one. */
  @ValidateIf(isGiven)
  @IsIn(['delete', 'deactivate'])
  delete_policy?: LeavingSettings['deletePolicy'];

  /** How long a person is kept after a DELETE that deactivates; null: for ever. */
  @ValidateIf((_body, days) => days !== undefined && days !== null)
  @IsInt()
  @Min(1)
  @Max(PURGE_AFTER_DAYS_AT_MOST)
  purge_after_days?: number | null;

  /** Whether consumers hear of a deactivation as `dsync.user.updated` or as `dsync.user.deleted`. */
  @ValidateIf(isGiven)
  @IsIn(['updated', 'deleted'])
  deactivations_published_as?: LeavingSettings['deactivationsPublishedAs'];
}

export function isGiven(_body: object, value: unknown): boolean {
  return value !== undefined;
}

/** @throws ApiError 422 for days until a purge where nobody is kept. */
export function leavingSettingsAfter(directory: LeavingSettings, body: LeavingSettingsBody): LeavingSettings {
  const deletePolicy = body.delete_policy ?? directory.deletePolicy;
  if (deletePolicy === 'delete' && typeof body.purge_after_days === 'number') {
    const message = 'settings.purge_after_days needs the delete_policy "deactivate": "delete" keeps nobody';
    throw invalid([{ field: 'settings.purge_after_days', code: 'needs_deactivate', message }]);
  }
  const days = body.purge_after_days === undefined ? directory.purgeAfterDays : body.purge_after_days;
  return {
    deletePolicy,
    purgeAfterDays: deletePolicy === 'delete' ? null : days,
    deactivationsPublishedAs: body.deactivations_published_as ?? directory.deactivationsPublishedAs,
  };
}

export function shownLeavingSettings(directory: LeavingSettings): Required<LeavingSettingsBody> {
  return {
    delete_policy: directory.deletePolicy,
    purge_after_days: directory.purgeAfterDays,
    deactivations_published_as: directory.deactivationsPublishedAs,
  };
}

export function leavingPolicyOf(directory: Directory): LeavingPolicy {
  const { deletePolicy: onDelete, purgeAfterDays, deactivationsPublishedAs } = directory;
  return { onDelete, purgeAfterDays, deactivationsPublishedAs };
}
