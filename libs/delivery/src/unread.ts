/** What a router has not read yet. */
import { recorded, type DomainEventType, type RecordedEvent } from '@app/directory';
import { headPosition } from '@app/event-log';
import type { Tx } from '@app/runtime';
import type { Engine } from './engine.js';
import type { Urgency } from './protocol.js';

const BATCH = 500;
/** One larger event is read alone. */
const BATCH_IN_BYTES = 8 * 1_024 * 1_024;

export interface Unread {
  events: RecordedEvent[];
  /** Everything up to here was looked at. */
  readTo: number;
  /** There was nothing more to read. */
  complete: boolean;
}

/** @param after where the router is. @returns for the urgent one only what somebody may want: an import is not in its way. */
export async function unread(
  engine: Engine,
  tx: Tx,
  { urgency, after }: { urgency: Urgency; after: number },
): Promise<Unread> {
  // Before anything else: whoever begins to listen after this was read begins at a later place.
  const upTo = urgency === 'now' ? await headPosition(tx) : undefined;
  if (upTo === after) return { events: [], readTo: after, complete: true };
  const types = urgency === 'now' ? await typesHeard(engine, tx) : undefined;
  if (types?.length === 0) return { events: [], readTo: upTo ?? after, complete: true };
  const selection = { after, limit: BATCH, ...(upTo === undefined ? {} : { upTo }), ...(types && { types }) };
  const { entries, complete } = await engine.log.page(tx, selection, BATCH_IN_BYTES);
  const last = entries.at(-1)?.position ?? after;
  return { events: entries.map(recorded), readTo: (complete && upTo) || last, complete };
}

/** @returns the types that destinations of urgent protocols may want; undefined: any. */
async function typesHeard(engine: Engine, tx: Tx): Promise<DomainEventType[] | undefined> {
  const used = await engine.destinations.protocolsInUse(namesOf(engine, 'now'), tx);
  const heard = used.map((name) => engine.protocols.get(name)!.hears);
  if (heard.includes(undefined)) return undefined;
  return [...new Set(heard.flatMap((types) => types ?? []))];
}

/** The protocols of this urgency. */
export function namesOf({ protocols }: Pick<Engine, 'protocols'>, urgency: Urgency): string[] {
  return [...protocols.values()].filter((each) => each.urgency === urgency).map(({ name }) => name);
}
