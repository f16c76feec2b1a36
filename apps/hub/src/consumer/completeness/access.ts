/** Who may ask how everything is, in one place. */
import { UseGuards } from '@nestjs/common';
import { FeedGuard, unauthorized, type FeedAccess } from '../../feed/feed.guard.js';
import type { FeedScope } from '../../feed/feed-scope.js';
import { ApiError } from '../api-error.js';
import { notKnown, type Scope, type Standing } from './standing.js';

/** For routes that read whole directories, and change nothing: an API key, or a feed token for what it is limited to. */
export const MayReadEverything = (): ClassDecorator & MethodDecorator => UseGuards(FeedGuard);

/**
 * Who may read events of some types only would see in a snapshot what all the others tell. Says nothing of what there is.
 * @throws ApiError 403
 */
export function refuseParts({ types, directoryId }: FeedScope, { of }: Scope): void {
  if (types !== null) {
    const message =
      'This feed token reads events of some types only, and the answer would show everything. ' +
      'Make one without "events" with an API key (POST /feed_tokens).';
    throw new ApiError(403, 'outside_scope', message);
  }
  if (of === 'organization' && directoryId !== null) {
    const message = 'This feed token reads one directory only. Ask for that one: /directories/{id}/…';
    throw new ApiError(403, 'outside_scope', message);
  }
}

/** What is outside a token's scope is to its holder as if it were not there. @throws ApiError 404 */
export function refuseForeign(
  { organizationId, directoryId }: FeedScope,
  { scope, organizationId: whose }: Pick<Standing, 'scope' | 'organizationId'>,
): void {
  const isForeign =
    (organizationId !== null && organizationId !== whose) ||
    (directoryId !== null && directoryId !== scope.id);
  if (isForeign) throw notKnown(scope);
}

/** The parts for as long as whoever takes them still may: it can be minutes. @throws ApiError 401 */
export async function* whileOpen<T>(parts: AsyncGenerator<T>, access: FeedAccess): AsyncGenerator<T> {
  for await (const part of parts) {
    // A look-up that fails says nothing of the key.
    if (!(await access.isOpen().catch(() => true)))
      throw unauthorized('Unauthorized. The key was revoked, or has expired, while it was answered.');
    yield part;
  }
}
