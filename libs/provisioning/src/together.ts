/**
 * Several commands of one request, decided in one transaction, each seeing what its predecessors left and each with an outcome of its own: a
 * SCIM bulk, RFC 7644 §3.7. Not atomic: what can be done is done.
 */
import { Command } from '@nestjs/cqrs';
import { ChangeGroup, CreateGroup, type Origin, type Task, type Write, type Written } from './commands.js';
import { decide } from './decide.js';
import { NeededPartFailed } from './refusals.js';
import type { World } from './world.js';

export interface Part {
  /** A part that is refused already is counted where it stands, like one that is refused in its turn. */
  write: Write | { refusal: unknown };
  /** The parts, by index, without which this one makes no sense: it fails when they do. */
  needs: readonly number[];
}

/** What became of a part. Undefined in a list of outcomes: it was not reached. */
export type Outcome = { written: Written } | { refusal: unknown };

/** By the index of the part. */
export type Outcomes = readonly (Outcome | undefined)[];

export class WriteTogether extends Command<Outcomes> {
  constructor(
    /** Of every command in it. */
    readonly origin: Origin,
    readonly parts: readonly Part[],
    /** Parts by index, in the order in which they are done. Those of one unit need each other: they are done together or not at all. */
    readonly units: readonly (readonly number[])[],
    readonly manner: {
      /** After so many refusals nothing more is done. */
      failOnErrors?: number | undefined;
      /** What became of earlier units, where they have been done in a transaction of their own. */
      before?: Outcomes;
    } = {},
  ) {
    super();
  }
}

/** Every command in it, in the order in which they are done. */
export function writesIn(write: Task | WriteTogether): Task[] {
  if (!(write instanceof WriteTogether)) return [write];
  const parts = write.units.flat().map((index) => write.parts[index]!);
  return parts.flatMap((part) => ('refusal' in part.write ? [] : [part.write]));
}

/** Never throws: what is refused is an outcome. */
export function decideTogether(world: World, { parts, units, manner }: WriteTogether): Outcomes {
  const outcomes: (Outcome | undefined)[] = [...(manner.before ?? [])];
  let errors = errorsIn(outcomes);
  for (const unit of units) {
    if (errors >= (manner.failOnErrors ?? Infinity)) break;
    const decided = decideUnit(world, { parts, unit, outcomes });
    for (const [index, outcome] of decided) outcomes[index] = outcome;
    errors += errorsIn([...decided.values()]);
  }
  return outcomes;
}

/** How many of them are refusals. */
export function errorsIn(outcomes: Outcomes): number {
  return outcomes.filter((outcome) => outcome && 'refusal' in outcome).length;
}

interface UnitInHand {
  parts: readonly Part[];
  unit: readonly number[];
  outcomes: Outcomes;
}

function decideUnit(world: World, { parts, unit, outcomes }: UnitInHand): Map<number, Outcome> {
  const hopeless = new Map(unit.flatMap((index) => certainRefusal({ parts, unit, outcomes }, index)));
  if (hopeless.size > 0) return failed(unit, hopeless);
  const writes = unit.map((index) => parts[index]!.write as Write);
  let at = 0;
  const decideAt = (write: Write, position: number): Written => {
    at = position;
    return decide(world, write);
  };
  const written = (): Written[] => {
    if (writes.length === 1) return [decideAt(writes[0]!, 0)];
    const begun = writes.map((write, position) => decideAt(withoutMembers(write), position));
    return writes.map((write, position) => {
      const completion = membersOnly(write);
      return completion ? decideAt(completion, position) : begun[position]!;
    });
  };
  try {
    // A single command is refused before it changes anything.
    const all = writes.length === 1 ? written() : world.allOrNothing(written);
    return new Map(unit.map((index, position) => [index, { written: all[position]! }]));
  } catch (refusal) {
    return failed(unit, new Map([[unit[at]!, { refusal }]]));
  }
}

function certainRefusal({ parts, unit, outcomes }: UnitInHand, index: number): [number, Outcome][] {
  const { write, needs } = parts[index]!;
  if ('refusal' in write) return [[index, write]];
  const missing = needs.find((needed) => {
    const outcome = outcomes[needed];
    return !unit.includes(needed) && !(outcome && 'written' in outcome);
  });
  return missing === undefined ? [] : [[index, { refusal: new NeededPartFailed(missing) }]];
}

/** Those that failed by themselves, and with them all who need them. */
function failed(unit: readonly number[], refusals: Map<number, Outcome>): Map<number, Outcome> {
  const [first] = refusals.keys();
  const dragged = { refusal: new NeededPartFailed(first!) };
  return new Map(unit.map((index) => [index, refusals.get(index) ?? dragged]));
}

/** Groups that are members of each other are made first, all of them, and get their members then. It takes no more events. */
function withoutMembers(write: Write): Write {
  if (!membersOnly(write) || !(write instanceof CreateGroup)) return write;
  return new CreateGroup(write.origin, write.attributes, [], write.creation);
}

function membersOnly(write: Write): Write | undefined {
  if (!(write instanceof CreateGroup) || write.creation.id === undefined || write.memberIds.length === 0)
    return undefined;
  const { origin, creation, memberIds } = write;
  return new ChangeGroup(origin, creation.id!, (current) => current, [{ kind: 'add', ids: memberIds }]);
}
