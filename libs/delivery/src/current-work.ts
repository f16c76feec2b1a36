/** Leaves out of what was fetched what is not to be told any more, and says of the rest what of it is. */
import type { RecordedEvent } from '@app/directory';
import type { Tx } from '@app/runtime';
import type { Ledger } from './ledger.js';
import type { Protocol } from './protocol.js';
import type { Receiver, Speaker } from './source.js';
import { findSuperseded } from './superseded.js';
import type { Item, Window } from './window.js';

interface AtHand {
  window: Pick<Window, 'holds'>;
  ledger: Pick<Ledger, 'knows' | 'failed' | 'withoutReceipt'>;
}

/** @returns those that are to be told, at least in part. What is not is written down as superseded. */
export async function currentWork(
  tx: Tx,
  receiver: Receiver,
  { items, window, ledger }: AtHand & { items: readonly Item[] },
): Promise<Item[]> {
  const { protocol, settings } = receiver.sender;
  const superseded = await findSuperseded(
    tx,
    receiver,
    items.map(({ event }) => event),
  );
  // A row that was read while its delivery is under way, or has just ended, is not news.
  const open = items.filter(({ position }) => !window.holds(position) && !ledger.knows(position));
  return open.flatMap((item) => {
    const by = superseded.get(item.event);
    if (by !== undefined && !protocol.stillTells?.(item.event, settings)) {
      writeOff(receiver.sender, ledger, item, by);
      return [];
    }
    if (!isReceipted(protocol, item.event, settings)) ledger.withoutReceipt(item);
    else if (by !== undefined) ledger.withoutReceipt(item, by);
    return [by === undefined ? item : { ...item, superseded: by }];
  });
}

/** It is not to be told any more, whenever it would have been. */
export function writeOff(
  { protocol, settings }: Speaker,
  ledger: Pick<Ledger, 'failed' | 'withoutReceipt'>,
  item: Item,
  because: string,
): void {
  if (!isReceipted(protocol, item.event, settings)) ledger.withoutReceipt(item);
  const outcome = { kind: 'superseded' as const, reason: because };
  ledger.failed(item, { state: 'superseded', because }, { ...item, outcome });
}

/** Whether somebody will want to know when it was acknowledged. */
export function isReceipted(protocol: Protocol, event: RecordedEvent, settings: object): boolean {
  return protocol.urgency === 'now' && (protocol.receipted?.(event, settings) ?? true);
}
