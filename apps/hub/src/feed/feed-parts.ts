/** What the hub needs for those who read the log over HTTP. */
import { LastUsesOfFeedTokens } from '../access/last-uses.js';
import { ConsumersController } from './consumers.controller.js';
import { FeedCursors } from './feed-cursors.js';
import { FeedReading } from './feed-reading.js';
import { FeedStreams } from './feed-streams.js';
import { FeedTokensController } from './feed-tokens.controller.js';
import { FeedGuard } from './feed.guard.js';
import { KnownNames } from './known-names.js';
import { NamedConsumers } from './named-consumers.js';

export const FEED_CONTROLLERS = [ConsumersController, FeedTokensController];

export const FEED_PROVIDERS = [
  FeedCursors,
  FeedGuard,
  FeedReading,
  FeedStreams,
  KnownNames,
  LastUsesOfFeedTokens,
  NamedConsumers,
];
