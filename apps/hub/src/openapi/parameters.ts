/** The query parameters that routes share, by name. Pure. */
import { count, oneOf, text, time, type Schema } from './shapes.js';

interface Parameter {
  description: string;
  schema: Schema;
  required?: boolean;
  /** Where the row's own is another. */
  name?: string;
  example?: unknown;
}

export const PARAMETERS: Readonly<Record<string, Parameter>> = {
  limit: { description: 'How many at most.', schema: { ...count, minimum: 1, maximum: 100, default: 10 } },
  before: { description: 'The id of what the page shall precede.', schema: text },
  after: {
    description: 'The id of what the page shall follow; for events any id that was ever given out.',
    schema: text,
  },
  order: {
    description:
      'By time of making: `desc` (the newest first) unless said. `normal` is `desc` with the cursors swapped.',
    schema: { ...oneOf('asc', 'desc', 'normal'), default: 'desc' },
  },
  search: { description: 'A part of the name, in whatever capitals.', schema: text },
  organization_id: { description: 'Of this organization only.', schema: text },
  directory_id: { description: 'Of this directory only.', schema: text },
  directory: { description: 'Of this directory only.', schema: text },
  destination: { description: 'Of this destination only.', schema: text },
  events: {
    description: 'Names of event types, apart by commas; none: all that directories tell.',
    schema: text,
    example: 'dsync.user.created,dsync.user.deleted',
  },
  event: { description: 'About this event only.', schema: text },
  subject: { description: 'About this person or group only.', schema: text },
  person: { description: 'Of this person only.', schema: text },
  range_start: { description: 'From this time on.', schema: time },
  range_end: { description: 'Before this time.', schema: time },
  from: { description: 'From this time on.', schema: time },
  to: { description: 'Before this time.', schema: time },
  kind: { description: 'Attempts of this kind only.', schema: text },
  outcome: { description: 'With this outcome only.', schema: text },
  status: { description: 'A status such as 404, or a class such as 4xx.', schema: text, example: '5xx' },
  state: { description: 'In this state only.', schema: text },
  cause: { description: 'For this reason only.', schema: text },
  method: { description: 'Requests with this method only.', schema: text },
  path: { description: 'Requests whose path contains this.', schema: text },
  request_id: { description: 'The request of this id.', schema: text },
  reveal: {
    description: 'Whether to show the secret in clear, which takes the permission secrets:reveal.',
    schema: oneOf('true', 'false'),
  },
  domain: { description: 'Of the organization with this domain.', schema: text, example: 'acme.com' },
  domains: {
    description: 'With any of these domains, apart by commas.',
    schema: text,
    example: 'acme.com,acme.org',
  },
  group: { description: 'In this group only.', schema: text },
  user: { description: 'Of this person only.', schema: text },
  idp_id: { description: "By the identity provider's id; needs `directory`.", schema: text },
  email: {
    description: 'By any of their addresses; needs `directory`.',
    schema: text,
    example: 'ada@acme.com',
  },
  kinds: { description: 'Of these kinds only, apart by commas: users, groups, memberships.', schema: text },
  as_of: {
    description: 'A time, or the id of an event: as it was then.',
    schema: text,
    required: true,
    example: '2030-01-31T12:00:00Z',
  },
  limit_of_events: {
    description: 'How many at most.',
    schema: { ...count, minimum: 1, maximum: 1_000, default: 10 },
    name: 'limit',
  },
  wait: {
    description: 'So many seconds to wait for the next event where there is none.',
    schema: { ...count, minimum: 0, maximum: 30, default: 0 },
  },
  lease: {
    description: 'So many seconds nobody else gets the same page.',
    schema: { ...count, minimum: 0, maximum: 3_600 },
    example: 60,
  },
  lease_token: { description: 'Of the reader who holds the page.', schema: text },
  token: { description: 'Of the link, which opens once.', schema: text },
  stream_id: { description: 'The stream.', schema: text },
  format: { description: '`csv`: all of it as one file.', schema: oneOf('json', 'csv'), example: 'json' },
};
