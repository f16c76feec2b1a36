/** One request as it is kept, made of what the hub saw of it. No secret gets past this file. */
import { timeOf } from './days.js';
import { isRedacted, redactedSentence, redactedUrl } from './redacted-request.js';
import { redactedJson } from './redacted-json.js';
import { secretsOf } from './secret-members.js';
import { redactedExpression, redactedText, withoutCredentials } from './secret-names.js';

/** `limited` was asked too often, which is nobody's mistake; `failed` is ours; `refused` the caller's. */
export const OUTCOMES = ['succeeded', 'refused', 'limited', 'failed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Events with consecutive positions and one time, which is all that their ids are made of. */
export interface EventRun {
  first: number;
  last: number;
  /** ISO 8601 with milliseconds, UTC. */
  occurredAt: string;
}

/** What the hub saw of a request, when it has been answered. */
export interface SeenRequest {
  /** `req_` and a ULID, which says when it came. */
  id: string;
  directoryId: string;
  organizationId: string;
  tokenId: string | undefined;
  method: string;
  /** Path and query as they were sent. */
  url: string;
  userAgent: string | undefined;
  /** Parsed JSON; undefined for no body, and for one that is not JSON: it may be anything, so nothing of it is kept. */
  body: unknown;
  bodyBytes: number | undefined;
  dialect: string;
  quirks: readonly string[];
  ignored: readonly string[];
  unknownMembers: readonly string[];
  status: number;
  scimType: string | undefined;
  detail: string | undefined;
  durationInMilliseconds: number;
  events: readonly EventRun[];
}

export interface RequestRecord {
  id: string;
  receivedAt: Date;
  directoryId: string;
  organizationId: string;
  tokenId: string | null;
  method: string;
  path: string;
  userAgent: string | null;
  /** Redacted JSON, or the beginning of it when it was cut. */
  body: string | null;
  bodyCut: boolean;
  /** As it was sent. */
  bodyBytes: number | null;
  dialect: string;
  quirks: string[];
  ignored: string[];
  unknownMembers: string[];
  outcome: Outcome;
  status: number;
  scimType: string | null;
  detail: string | null;
  durationInMilliseconds: number;
  events: EventRun[];
}

/** A PUT of a person has 2 kB; of a large group, the first few hundred members say what it was. */
export const BODY_KEPT_IN_BYTES = 16_384;
const LIST_AT_MOST = 100;
const NAME_CHARACTERS = 200;
const SENTENCE_CHARACTERS = 2_000;

export function recordOf(seen: SeenRequest): RequestRecord {
  const outcome = outcomeOf(seen.status);
  const isShown = seen.body !== undefined && outcome !== 'limited';
  const body = isShown ? redactedJson(seen.body, BODY_KEPT_IN_BYTES) : undefined;
  return {
    id: seen.id,
    receivedAt: timeOf(seen.id),
    directoryId: seen.directoryId,
    organizationId: seen.organizationId,
    tokenId: seen.tokenId ?? null,
    method: seen.method,
    path: storable(redactedUrl(seen.url)),
    userAgent: seen.userAgent === undefined ? null : sentence(withoutCredentials(seen.userAgent)),
    body: body ? storable(body.text) : null,
    bodyCut: body?.cut ?? false,
    bodyBytes: seen.bodyBytes ?? null,
    dialect: seen.dialect,
    quirks: names(seen.quirks),
    ignored: names(seen.ignored),
    unknownMembers: names(seen.unknownMembers),
    outcome,
    status: seen.status,
    scimType: seen.scimType ?? null,
    detail: seen.detail === undefined ? null : sentence(detailOf(seen, seen.detail)),
    durationInMilliseconds: Math.round(seen.durationInMilliseconds * 10) / 10,
    events: joined(seen.events),
  };
}

export function outcomeOf(status: number): Outcome {
  if (status < 400) return 'succeeded';
  if (status === 429) return 'limited';
  // 501 says that we do not do such a thing, as a 4xx does; it did not go wrong.
  return status >= 500 && status !== 501 ? 'failed' : 'refused';
}

/** An error's words may repeat what the request said. */
function detailOf({ body, url }: SeenRequest, detail: string): string {
  const secrets = secretsOf(body);
  return redactedSentence(detail, { ...secrets, compared: secrets.compared || isRedacted(url) });
}

function names(list: readonly string[]): string[] {
  // A name may be a path with a filter in it.
  const shown = (name: string): string => redactedExpression(redactedText(name)).slice(0, NAME_CHARACTERS);
  return list.slice(0, LIST_AT_MOST).map((name) => storable(shown(name)));
}

function sentence(text: string): string {
  return storable(text.slice(0, SENTENCE_CHARACTERS));
}

/** PostgreSQL can hold neither NUL nor half a character in a text, and one such record would cost its whole batch. */
function storable(text: string): string {
  return text.replace(/[\0\p{Cs}]/gu, '\uFFFD');
}

/** Neighbouring runs of one time as one: the operations of a bulk follow each other in the log. */
function joined(runs: readonly EventRun[]): EventRun[] {
  const result: EventRun[] = [];
  for (const run of [...runs].sort((a, b) => a.first - b.first)) {
    const last = result.at(-1);
    if (last && last.last + 1 === run.first && last.occurredAt === run.occurredAt) last.last = run.last;
    else result.push({ ...run });
  }
  return result;
}
