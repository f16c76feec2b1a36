/** Keeps the days of the request log. By every hub. */
import { DayUpkeep, type Ground } from '@app/runtime';
import { forgetBefore, prepareDays } from './days.js';

export class Upkeep extends DayUpkeep {
  /** @param daysKept 0: nothing is kept, and what is there is forgotten. */
  constructor(ground: Pick<Ground, 'database' | 'clock' | 'observations'>, daysKept: number) {
    super(ground, daysKept, { name: 'request log', prepareDays, forgetBefore });
  }
}
