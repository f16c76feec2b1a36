/** The answer to a bulk: what became of each operation, in the words of a single request. RFC 7644 §3.7.3. */
import { Injectable } from '@nestjs/common';
import { NeededPartFailed, type Outcome, type Outcomes } from '@app/provisioning';
import { Observations } from '@app/runtime';
import {
  bulkIdFailed,
  bulkResponse,
  locationOf,
  type BulkResponse,
  type BulkResult,
  type PlannedOperation,
} from '@app/scim';
import type { AskedInBulk } from './bulk-commands.js';
import type { ScimRequest } from './directory-token.guard.js';
import { GroupAnswers } from './group-answers.js';
import { scimAnswerOf } from './scim-error.js';

interface Bulk {
  planned: readonly PlannedOperation[];
  outcomes: Outcomes;
  asked: AskedInBulk;
  request: ScimRequest;
}

@Injectable()
export class BulkAnswers {
  constructor(
    private readonly groups: GroupAnswers,
    private readonly observations: Observations,
  ) {}

  /** Of the operations that were reached, in the order of the request. */
  response(
    planned: readonly PlannedOperation[],
    outcomes: Outcomes,
    { asked, request }: Pick<Bulk, 'asked' | 'request'>,
  ): BulkResponse {
    const bulk: Bulk = { planned, outcomes, asked, request };
    const results = planned.flatMap((operation, index) => {
      const outcome = outcomes[index];
      return outcome ? [this.result(bulk, operation, outcome)] : [];
    });
    const detail = failuresIn(results);
    if (detail !== undefined) asked.User.notes.refusal = { detail };
    return bulkResponse(results);
  }

  private result(bulk: Bulk, planned: PlannedOperation, outcome: Outcome): BulkResult {
    const { method, bulkId } = planned.operation;
    const location = locationIn(bulk, planned);
    if ('refusal' in outcome) {
      const refusal = this.refusal(bulk, outcome.refusal, planned);
      return { method, bulkId, location, version: undefined, status: refusal.status, refusal };
    }
    const { written } = outcome;
    const { version } = 'group' in written ? this.groups.changed(written, bulk.asked.Group) : written;
    const status = statusOf(planned);
    const gone = method === 'DELETE';
    return { method, bulkId, location, version: gone ? undefined : version, status, refusal: undefined };
  }

  private refusal(
    { planned, request }: Bulk,
    error: unknown,
    { operation }: PlannedOperation,
  ): BulkResult['refusal'] & object {
    const answer = scimAnswerOf(
      error instanceof NeededPartFailed ? bulkIdFailed(planned[error.part]?.operation.bulkId) : error,
      request,
    );
    const { method, bulkId } = operation;
    const fields = { requestId: request.id, method, bulkId, status: answer.status, error };
    if (answer.status >= 500) this.observations.error('operation of a bulk failed', fields);
    else this.observations.debug('operation of a bulk refused', fields);
    return answer;
  }
}

/** Where the resource is: nowhere, as long as nobody has made it. */
function locationIn({ outcomes, asked }: Bulk, { resource, madeBy }: PlannedOperation): string | undefined {
  const maker = madeBy === undefined ? undefined : outcomes[madeBy];
  const isThere = madeBy === undefined || (maker !== undefined && 'written' in maker);
  return resource && isThere
    ? locationOf(resource.type, resource.id, asked[resource.type].baseUrl)
    : undefined;
}

/** As single requests are answered: a changed person is shown, a changed group is not. */
function statusOf({ operation, resource }: PlannedOperation): number {
  if (operation.method === 'POST') return 201;
  if (operation.method === 'DELETE') return 204;
  return operation.method === 'PATCH' && resource?.type === 'Group' ? 204 : 200;
}

/** For the request log, where the 200 of a bulk would look as if all had gone well. */
function failuresIn(results: readonly BulkResult[]): string | undefined {
  const failed = results.filter(({ refusal }) => refusal !== undefined);
  const [first] = failed;
  if (!first?.refusal) return undefined;
  const { method, bulkId, status, refusal } = first;
  const which = [method, bulkId === undefined ? undefined : `with the bulkId ${JSON.stringify(bulkId)}`];
  const said = `${which.filter((word) => word !== undefined).join(' ')}, ${status}: ${refusal.detail}`;
  return `${failed.length} of ${results.length} operations failed; the first: ${said}`;
}
