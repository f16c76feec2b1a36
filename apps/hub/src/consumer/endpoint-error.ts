/** What is wrong with a webhook endpoint, in the words of those who manage endpoints: what elsewhere are settings are fields of the body here. */
import { InvalidSettings } from '@app/delivery';
import { ApiError } from './api-error.js';

/** Goes on with what the work says. @throws ApiError 422, `invalid_url` where all that is wrong is the URL */
export async function inWordsOfEndpoints<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof InvalidSettings ? invalidEndpoint(error) : error;
  }
}

function invalidEndpoint({ problems }: InvalidSettings): ApiError {
  const errors = problems.map(({ field, message }) => ({
    field,
    code: field === 'endpoint_url' ? 'invalid_url' : 'invalid_setting',
    message,
  }));
  const isUrl = errors.every(({ code }) => code === 'invalid_url');
  const sentence = errors.map(({ message }) => message).join('; ');
  const code = isUrl ? 'invalid_url' : 'invalid_request_parameters';
  return new ApiError(422, code, `Validation failed: ${sentence}.`, errors);
}
