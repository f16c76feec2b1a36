/** Where a new destination begins in the log. */
import { ValidateBy, type ValidationOptions } from 'class-validator';
import type { EventLog } from '@app/event-log';
import { invalid } from './consumer/validation.js';

export type StartFrom = 'now' | 'beginning' | 'snapshot' | { after: string };

const WORDS = ['now', 'beginning', 'snapshot'];
const MESSAGE = `start_from must be "now", "beginning", "snapshot" or {"after": "event_…"}`;

export function IsStartFrom(options: ValidationOptions = {}): PropertyDecorator {
  return ValidateBy(
    { name: 'startFrom', validator: { validate: isStartFrom, defaultMessage: () => MESSAGE } },
    options,
  );
}

function isStartFrom(value: unknown): boolean {
  if (typeof value === 'string') return WORDS.includes(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { after, ...rest } = value as Record<string, unknown>;
  return typeof after === 'string' && Object.keys(rest).length === 0;
}

/** @returns undefined: wherever the log ends when the destination is there. @throws ApiError 422 */
export function positionToStartFrom(startFrom: StartFrom, log: EventLog): number | undefined {
  if (startFrom === 'now' || startFrom === 'snapshot') return undefined;
  if (startFrom === 'beginning') return 0;
  const position = log.positionOf(startFrom.after);
  if (position !== undefined) return position;
  const message = `start_from.after: '${startFrom.after}' is not the id of an event`;
  throw invalid([{ field: 'start_from.after', code: 'unknown_event', message }]);
}
