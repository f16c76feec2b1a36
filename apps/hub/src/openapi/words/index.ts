/** The chapters of the reference in the order in which a reader meets them, and what each route is called there. Pure. */
import { CREDENTIALS, KEYS, RECEIVERS, REQUESTS, REVOCATIONS } from './access.js';
import { DELIVERIES, DESTINATIONS, WEBHOOKS } from './delivery.js';
import { DIRECTORIES, MAPPING, PEOPLE } from './directories.js';
import { CONSUMERS, FEED, FEED_TOKENS } from './feed.js';
import { COMPLETENESS, HISTORY } from './history.js';
import { CUSTOMER_KEYS, ORGANIZATIONS, PORTAL } from './organizations.js';
import { OAUTH, OPEN, SHARED_SIGNALS } from './standards.js';
import type { Chapter, Words } from './words.js';

export type { Words } from './words.js';

const CHAPTERS: readonly (readonly [Chapter, string])[] = [
  [ORGANIZATIONS, 'Your customers, with their domains and contacts.'],
  [DIRECTORIES, 'Connections to identity providers, with their settings and schemas.'],
  [PEOPLE, 'Who is in the directories, and who may sign in.'],
  [MAPPING, 'Under which names consumers see attributes, and which roles groups give.'],
  [FEED, 'What happened, in order, with nothing left out.'],
  [CONSUMERS, 'Readers of the events whose place is kept here.'],
  [FEED_TOKENS, 'Tokens that read events and nothing else.'],
  [COMPLETENESS, 'To begin with everything, and to prove that nothing is missing.'],
  [HISTORY, 'How it was, who had access to what, and who said so.'],
  [WEBHOOKS, 'Events posted to your URL, signed, in order, at least once.'],
  [DESTINATIONS, 'Events in any protocol, those that end sessions included.'],
  [DELIVERIES, 'Every attempt to tell somebody something.'],
  [REVOCATIONS, 'Whose sessions had to end, and the proof that they did.'],
  [REQUESTS, 'What identity providers asked, and what they were answered.'],
  [CREDENTIALS, 'How identity providers show who they are: bearer tokens and OAuth clients.'],
  [CUSTOMER_KEYS, "Keys to your own API, kept and checked for you. WorkOS' `api_keys`."],
  [PORTAL, 'The pages on which customers connect their identity providers themselves.'],
  [KEYS, 'Keys to this API, and keys that tokens are signed with.'],
  [RECEIVERS, 'Applications that manage their streams of security events by themselves.'],
  [SHARED_SIGNALS, 'What those applications speak: OpenID Shared Signals Framework 1.0.'],
  [OAUTH, 'Access tokens by client credentials.'],
  [OPEN, 'Without any key.'],
];

export const TAGS = CHAPTERS.map(([{ tag: name }, description]) => ({ name, description }));

export const WORDS: Readonly<Record<string, Words & { tag: string }>> = Object.fromEntries(
  CHAPTERS.flatMap(([{ tag, routes }]) =>
    Object.entries(routes).map(([route, words]) => [route, { ...words, tag }]),
  ),
);
