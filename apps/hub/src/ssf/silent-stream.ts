/** A receiver may ask for what there is not yet (SSF 1.0 §8.1.1); an operator who does has most likely misspelt it. */
import { EVENT_TYPES_SUPPORTED } from '@app/revocation';
import { invalid } from '../consumer/validation.js';
import { SHARED_SIGNALS } from './ssf-settings.js';
import { eventsDelivered } from './stream-shown.js';

/** @param settings as they were sent; what else is wrong with them is the protocol's to say. @throws ApiError 422 */
export function refuseSilentStream(protocol: string, settings: Record<string, unknown> | undefined): void {
  const requested = settings?.['events_requested'];
  if (protocol !== SHARED_SIGNALS || !Array.isArray(requested) || requested.length === 0) return;
  if (eventsDelivered(requested as string[]).length > 0) return;
  const message = `settings.events_requested must name at least one of ${EVENT_TYPES_SUPPORTED.join(', ')}`;
  throw invalid([{ field: 'settings.events_requested', code: 'nothing_to_deliver', message }]);
}
