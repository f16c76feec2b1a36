import { AccessHistoryController } from './access-history.controller.js';
import { AnswersThen } from './answers-then.js';
import { Causes } from './causes.js';
import { HistoryController } from './history.controller.js';
import { HistoryGuard } from './history.guard.js';
import { HistoryFiles } from './history-files.js';
import { History } from './history.js';
import { HistoryKeeper } from './keeper.js';
import { TimelineController } from './timeline.controller.js';
import { Timeline } from './timeline.js';

export const HISTORY_CONTROLLERS = [HistoryController, TimelineController, AccessHistoryController];
export const HISTORY_PROVIDERS = [
  HistoryGuard,
  History,
  AnswersThen,
  HistoryFiles,
  HistoryKeeper,
  Timeline,
  Causes,
];
export { AnswersThen };
