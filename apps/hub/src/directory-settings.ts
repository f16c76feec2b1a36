/** What the owner of a directory decides about it, in one object of the API. */
import { IsBoolean, ValidateIf } from 'class-validator';
import type { Directory, DirectoryChange } from '@app/tenancy';
import {
  isGiven,
  LeavingSettingsBody,
  leavingSettingsAfter,
  shownLeavingSettings,
} from './leaving-settings.js';

/** What is not there is left as it is. */
export class DirectorySettingsBody extends LeavingSettingsBody {
  /** Whether a sign-in check may make a person whom the identity provider has not told of yet. */
  @ValidateIf(isGiven)
  @IsBoolean()
  just_in_time?: boolean;
}

/** @throws ApiError 422 for settings that contradict each other. */
export function directorySettingsAfter(directory: Directory, body: DirectorySettingsBody): DirectoryChange {
  const justInTime = body.just_in_time ?? directory.justInTime;
  return { ...leavingSettingsAfter(directory, body), justInTime };
}

export function shownDirectorySettings(directory: Directory): object {
  return { ...shownLeavingSettings(directory), just_in_time: directory.justInTime };
}
