/** What the hub's module needs to serve snapshots, digests, comparisons and announcements. */
import { CompletenessController } from './completeness.controller.js';
import { LongAnswers } from './long-answers.js';
import { ReannouncementController } from './reannouncement.controller.js';

export { CompletenessSettings } from './completeness-settings.js';
export const COMPLETENESS_CONTROLLERS = [CompletenessController, ReannouncementController];
export const COMPLETENESS_PROVIDERS = [LongAnswers];
