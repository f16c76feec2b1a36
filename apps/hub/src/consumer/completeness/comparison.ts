/** What an app holds beside what it should hold: taken in line by line, answered line by line. */
import type { Readable } from 'node:stream';
import { publishedGroup, publishedUser } from '@app/directory';
import {
  differentGroups,
  differentUsers,
  extraHeld,
  heldTwice,
  KINDS,
  measureHeld,
  missingMemberships,
  prepareHeld,
  stageHeld,
  type Different,
  type Held,
  type Kind,
} from '@app/projections';
import type { Tx } from '@app/runtime';
import type { FieldError } from '../api-error.js';
import { invalid } from '../validation.js';
import { bodyLines, discardRest, tooLarge } from './body-lines.js';
import { heldLine, UnfitLine } from './held-line.js';
import { line, linesOf, shownMembership } from './snapshot.js';
import type { Standing } from './standing.js';

const LINES_AT_MOST = 5_000_000;
/** One statement takes so many; they are what is held in memory. */
const LINES_AT_ONCE = 2_000;
/** Who sends more wrong lines has one mistake in all of them. */
const WRONG_LINES_NAMED_AT_MOST = 20;

const KIND_OF = { user: 'users', group: 'groups', membership: 'memberships' } as const;

export interface ComparisonWish {
  body: Readable;
  /** Content-Encoding. */
  encoding: string | undefined;
  kinds: readonly Kind[];
}

/**
 * The differences, in an order in which they can be applied: what is missing or stale, people first; then what is too much, people last.
 * Nothing is answered before all was read and every line could be.
 * @throws ApiError 413, 422
 */
export async function* comparisonOf(
  tx: Tx,
  standing: Standing,
  wish: ComparisonWish,
): AsyncGenerator<string> {
  await prepareHeld(tx);
  try {
    await takeIn(tx, wish);
  } catch (error) {
    await discardRest(wish.body);
    throw error;
  }
  await refuseTwice(tx);
  await measureHeld(tx);
  const counts = new Counts();
  yield line({ object: 'comparison', ...standing.shown, kinds: wish.kinds });
  yield* differences(tx, standing, { kinds: wish.kinds, counts });
  yield line({ object: 'comparison_end', ...counts.shown() });
}

async function takeIn(tx: Tx, { body, encoding, kinds }: ComparisonWish): Promise<void> {
  let number = 0;
  let batch: Held[] = [];
  const wrong: FieldError[] = [];
  for await (const lines of bodyLines(body, encoding)) {
    for (const each of lines) {
      number += 1;
      const text = each.trim();
      if (text === '') continue;
      try {
        const held = heldLine(text, number);
        if (!kinds.includes(KIND_OF[held.kind])) throw notAsked(KIND_OF[held.kind]);
        batch.push(held);
      } catch (error) {
        if (!(error instanceof UnfitLine)) throw error;
        wrong.push({
          field: `line ${number}`,
          code: error.code,
          message: `line ${number}: ${error.message}`,
        });
        if (wrong.length >= WRONG_LINES_NAMED_AT_MOST) throw invalid(wrong);
      }
    }
    if (number > LINES_AT_MOST) throw tooLarge(`more than ${LINES_AT_MOST} lines`);
    while (batch.length >= LINES_AT_ONCE) {
      await stageHeld(tx, batch.slice(0, LINES_AT_ONCE));
      batch = batch.slice(LINES_AT_ONCE);
    }
  }
  if (wrong.length > 0) throw invalid(wrong);
  await stageHeld(tx, batch);
}

function notAsked(kind: Kind): UnfitLine {
  return new UnfitLine('not_asked_for', `${kind} are not among the kinds that the request names`);
}

/** @throws ApiError 422 */
async function refuseTwice(tx: Tx): Promise<void> {
  const twice = await heldTwice(tx, WRONG_LINES_NAMED_AT_MOST);
  if (twice.length === 0) return;
  throw invalid(
    twice.map(({ first, again }) => ({
      field: `line ${again}`,
      code: 'duplicate',
      message: `line ${again}: it names the same as line ${first}`,
    })),
  );
}

async function* differences(
  tx: Tx,
  { directoryIds, organizationId }: Standing,
  { kinds, counts }: { kinds: readonly Kind[]; counts: Counts },
): AsyncGenerator<string> {
  if (kinds.includes('users'))
    for await (const users of differentUsers(tx, directoryIds))
      yield* told(users, { kind: 'users', counts }, (user) =>
        publishedUser(user, { directoryId: user.directoryId, organizationId }),
      );
  if (kinds.includes('groups'))
    for await (const groups of differentGroups(tx, directoryIds))
      yield* told(groups, { kind: 'groups', counts }, (group) =>
        publishedGroup(group, { directoryId: group.directoryId, organizationId }),
      );
  if (kinds.includes('memberships'))
    for await (const memberships of missingMemberships(tx, directoryIds))
      yield* told(memberships, { kind: 'memberships', counts }, shownMembership);
  for (const kind of ['membership', 'group', 'user'] as const) {
    if (!kinds.includes(KIND_OF[kind])) continue;
    for await (const extra of extraHeld(tx, kind, directoryIds)) {
      counts.add('extra', KIND_OF[kind], extra.length);
      yield* linesOf(extra, (held) => ({ object: 'extra', data: named(kind, held), line: held.line }));
    }
  }
}

function told<T>(
  things: Different<T>[],
  { kind, counts }: { kind: Kind; counts: Counts },
  shown: (thing: T) => object,
): Iterable<string> {
  return linesOf(things, (thing) => {
    const { held } = thing as { held?: { updatedAt: Date } };
    counts.add(held ? 'stale' : 'missing', kind, 1);
    const data = shown(thing);
    return held
      ? { object: 'stale', data, held: { updated_at: held.updatedAt.toISOString() } }
      : { object: 'missing', data };
  });
}

function named(kind: Held['kind'], { id, memberId }: Pick<Held, 'id' | 'memberId'>): object {
  if (kind === 'membership') return { object: 'directory_membership', group_id: id, user_id: memberId };
  return { object: `directory_${kind}`, id };
}

type Difference = 'missing' | 'stale' | 'extra';

class Counts {
  private readonly counts = new Map<string, number>();

  add(difference: Difference, kind: Kind, count: number): void {
    const key = `${difference} ${kind}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + count);
  }

  shown(): object {
    const of = (difference: Difference): object =>
      Object.fromEntries(KINDS.map((kind) => [kind, this.counts.get(`${difference} ${kind}`) ?? 0]));
    return { equal: this.counts.size === 0, missing: of('missing'), stale: of('stale'), extra: of('extra') };
  }
}
