/** Bodies of our own JSON, checked by class-validator, with answers that name the field and what is wrong with it. */
import { ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { ApiError, type FieldError } from './api-error.js';

export function bodyValidation(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    // A field that we do not know is refused: the caller expects it to have an effect.
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    exceptionFactory: (errors) => invalid(errors.flatMap((error) => fieldErrors(error))),
  });
}

export function invalid(errors: FieldError[]): ApiError {
  const sentence = errors.map((error) => error.message).join('; ');
  return new ApiError(422, 'invalid_request_parameters', `Validation failed: ${sentence}.`, errors);
}

/** Of a request that says all in its path: no body, or an empty object. @throws ApiError 422 */
export function requireNoFields(body: unknown): void {
  if (body === undefined || body === null) return;
  if (typeof body !== 'object' || Array.isArray(body))
    throw invalid([{ field: '', code: 'invalid_object', message: 'the body must be empty, or {}' }]);
  const errors = Object.keys(body).map((field) => ({
    field,
    code: 'unknown_field',
    message: `property ${field} should not exist`,
  }));
  if (errors.length > 0) throw invalid(errors);
}

function fieldErrors(error: ValidationError, prefix = ''): FieldError[] {
  const field = `${prefix}${error.property}`;
  const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
    field,
    code: error.value === undefined && rule !== 'whitelistValidation' ? 'required' : codeOf(rule),
    message: message.replace(error.property, field),
  }));
  return [...own.slice(0, 1), ...(error.children ?? []).flatMap((child) => fieldErrors(child, `${field}.`))];
}

function codeOf(rule: string): string {
  if (rule === 'whitelistValidation') return 'unknown_field';
  return `invalid_${rule.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
}
