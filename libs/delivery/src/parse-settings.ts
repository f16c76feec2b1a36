/** A destination's settings as its protocol wants them, or every reason why they are not. */
import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import type { Protocol } from './protocol.js';

export interface SettingsProblem {
  /** With dots: `subject.format`. */
  field: string;
  message: string;
}

export class InvalidSettings extends Error {
  constructor(
    readonly protocol: string,
    readonly problems: readonly SettingsProblem[],
  ) {
    super(
      `the settings do not fit the protocol ${protocol}: ${problems.map((problem) => problem.message).join('; ')}`,
    );
    this.name = 'InvalidSettings';
  }
}

/** @throws InvalidSettings with every problem at once; unknown fields are problems. */
export function parseSettings<Settings extends object>(protocol: Protocol<Settings>, raw: unknown): Settings {
  if (raw === null || typeof raw !== 'object' || Array.isArray(raw)) {
    throw new InvalidSettings(protocol.name, [{ field: '', message: 'settings must be a JSON object' }]);
  }
  const settings = plainToInstance(protocol.settings, raw);
  const errors = validateSync(settings, { whitelist: true, forbidNonWhitelisted: true });
  if (errors.length > 0) throw new InvalidSettings(protocol.name, problemsOf(errors, ''));
  return settings;
}

function problemsOf(errors: ValidationError[], before: string): SettingsProblem[] {
  return errors.flatMap((error) => {
    const field = before + error.property;
    const own = Object.values(error.constraints ?? {}).map((message) => ({ field, message }));
    return [...own, ...problemsOf(error.children ?? [], `${field}.`)];
  });
}
