/** The filters of the request log as people write them into a query. */
import { OUTCOMES, type Outcome, type RequestFilter } from '@app/request-log';
import { textOf, timeOf, type Query } from '../consumer/query.js';
import { invalid } from '../consumer/validation.js';

export function requestFilterOf(query: Query): RequestFilter {
  return {
    id: textOf(query, 'request_id'),
    directoryId: textOf(query, 'directory_id'),
    organizationId: textOf(query, 'organization_id'),
    method: textOf(query, 'method')?.toUpperCase(),
    outcome: outcomeOf(textOf(query, 'outcome')),
    status: statusOf(textOf(query, 'status')),
    pathContains: textOf(query, 'path'),
    receivedFrom: timeOf(query, 'range_start'),
    receivedBefore: timeOf(query, 'range_end'),
  };
}

function outcomeOf(text: string | undefined): Outcome | undefined {
  if (text === undefined) return undefined;
  const outcome = OUTCOMES.find((each) => each === text);
  if (outcome) return outcome;
  throw invalid([
    { field: 'outcome', code: 'invalid_outcome', message: `outcome must be one of ${OUTCOMES.join(', ')}` },
  ]);
}

/** `404`, or a class such as `4xx`. */
function statusOf(text: string | undefined): RequestFilter['status'] {
  if (text === undefined) return undefined;
  if (/^[1-5]\d\d$/.test(text)) return { from: Number(text), to: Number(text) };
  const hundreds = /^([1-5])xx$/i.exec(text)?.[1];
  if (hundreds) return { from: Number(hundreds) * 100, to: Number(hundreds) * 100 + 99 };
  const message = 'status must be a status such as 404, or a class such as 4xx';
  throw invalid([{ field: 'status', code: 'invalid_status', message }]);
}
