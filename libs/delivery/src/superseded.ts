/** Finds the deliveries that a later event of the same subject has made pointless, just before they would start. */
import { recorded, type RecordedEvent } from '@app/directory';
import type { Engine } from './engine.js';
import type { Protocol } from './protocol.js';
import type { Item } from './window.js';

// One page is plenty: these are people who came back, since the oldest event at hand.
const PAGE = 500;

/**
 * @returns for each superseded item the event that did it. Read at the time of the attempt, because the log may have
 * moved on while the delivery was waiting.
 */
export async function findSuperseded(
  engine: Engine,
  protocol: Protocol,
  items: readonly Item[],
): Promise<Map<Item, RecordedEvent>> {
  const found = new Map<Item, RecordedEvent>();
  const types = protocol.supersededBy;
  if (!types || items.length === 0) return found;
  let after = Math.min(...items.map((item) => item.position));
  for (;;) {
    const page = await engine.log.after(engine.database, { after, limit: PAGE, types: [...types] });
    for (const event of page.map(recorded)) {
      const subjects = new Set(event.subjects);
      for (const item of items) {
        if (item.position < event.position && item.keys.some((key) => subjects.has(key)))
          found.set(item, event);
      }
    }
    if (page.length < PAGE) return found;
    after = page.at(-1)!.position;
  }
}
