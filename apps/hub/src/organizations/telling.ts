/** A change of an organization, or of what it has, and what is told of it: the rows and the log in one transaction. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { operationsOf, subjectsOf, type OrganizationEvent } from '@app/directory';
import { append, loadHeads, lockDirectory } from '@app/event-log';
import { Clock, Database, type Tx } from '@app/runtime';
import { LogMoved } from '../log-moved.js';

export interface Done<T> {
  result: T;
  /** About one organization; maybe none. */
  events: readonly OrganizationEvent[];
}

@Injectable()
export class Telling {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly logMoved: LogMoved,
  ) {}

  /** What `work` throws leaves all as it was. @param requestId stands in the events. */
  async of<T>(requestId: string, work: (manager: EntityManager) => Promise<Done<T>>): Promise<T> {
    const { result, events } = await this.database.transaction(async (tx, manager) => {
      const done = await work(manager);
      if (done.events.length > 0) await this.write(tx, done.events, requestId);
      return done;
    });
    if (events.length > 0) this.logMoved.tell(events.map(({ type }) => type));
    return result;
  }

  /**
   * Last in its transaction: the log head is held from here on. They stand in one sequence with what befalls the organization's
   * destinations, and in no directory's.
   */
  private async write(tx: Tx, events: readonly OrganizationEvent[], requestId: string): Promise<void> {
    const organizationId = subjectsOf(events[0]!)[0]!;
    const directoryId = operationsOf(organizationId);
    await lockDirectory(tx, directoryId);
    const heads = await loadHeads(tx, [directoryId]);
    const occurredAt = this.clock.now().toISOString();
    await append(
      tx,
      events.map((event) => ({
        ...{ directoryId, organizationId, type: event.type, subjects: subjectsOf(event), data: event.data },
        ...('previous' in event ? { previous: event.previous } : {}),
        ...{ requestId, occurredAt },
      })),
      heads,
    );
  }
}
