/** Who reads the events, and with which tokens. Pure. */
import { PUBLISHED_TYPES } from '@app/directory';
import {
  count,
  described,
  exactly,
  flag,
  kind,
  listOf,
  maybe,
  number,
  object,
  oneOf,
  text,
  time,
  type Schema,
} from '../shapes.js';

const filters = object(
  {},
  {
    organization_id: maybe(text),
    directories: maybe(listOf(text)),
    subjects: maybe(listOf(text)),
    events: maybe(listOf(oneOf(...PUBLISHED_TYPES))),
    causes: maybe(listOf(text)),
  },
);

const consumer = {
  id: text,
  name: text,
  filters: described('Which events it reads; what is absent limits nothing.', filters),
  position: described('The last event that was acknowledged; null: none yet.', maybe(text)),
  acked_at: maybe(time),
  lease: described('Somebody has its page in hand until then.', maybe(object({ until: time }))),
  lag: described(
    'Events that it has not acknowledged, and for how many seconds the oldest has waited.',
    object({ events: count, seconds: number }),
  ),
  created_at: time,
};

export const FEED: Readonly<Record<string, Schema>> = {
  Consumer: kind('consumer', consumer),
  AcknowledgedConsumer: kind('consumer', {
    ...consumer,
    moved: described('False: it stood there or further already.', flag),
  }),
  DeletedConsumer: kind('consumer', { name: text, deleted: exactly(true) }),
  FeedToken: kind(
    'feed_token',
    {
      id: text,
      name: text,
      last_four: text,
      organization_id: maybe(text),
      directory_id: maybe(text),
      events: described('Null: all that directories tell.', maybe(listOf(oneOf(...PUBLISHED_TYPES)))),
      consumers: listOf(text),
      state: oneOf('active', 'expired'),
      created_at: time,
      expires_at: maybe(time),
      last_used_at: maybe(time),
    },
    { bearer_token: described('Shown once, in the answer that makes it.', text) },
  ),
  DeletedFeedToken: kind('feed_token', { id: text, deleted: exactly(true) }),
};
