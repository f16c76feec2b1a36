/**
 * Looks at people again after the rules of their directory have changed, or a group inside others: a slice at a time, each through the
 * shared transaction like any other write. Where it stands is in the database, so any hub goes on where another was stopped.
 */
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import {
  advanceReview,
  AssignRoles,
  DirectoryClosed,
  endReview,
  nextToReview,
  RemapUsers,
  takeReview,
  type Reviewed,
  type ReviewInHand,
  type ReviewKind,
} from '@app/provisioning';
import { Database, Observations, type Tx } from '@app/runtime';
import { Background } from './background.js';

/** Their directory's writers wait for so many at a time, some tens of milliseconds. */
const PEOPLE_AT_ONCE = 200;

@Injectable()
export class Reviews implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly background: Background;

  constructor(
    private readonly database: Database,
    private readonly commands: CommandBus,
    private readonly observations: Observations,
  ) {
    this.background = new Background(
      () => this.run(),
      (error) => this.complain('people could not be looked at again; the next try is in seconds', error),
    );
  }

  onApplicationBootstrap(): void {
    this.background.wake();
  }

  onApplicationShutdown(): Promise<void> {
    return this.background.stop();
  }

  /** Something was planned. */
  wake(): void {
    this.background.wake();
  }

  complain(what: string, error: unknown): void {
    this.observations.warn(what, { error });
  }

  /** So many were looked at, and so many of them are seen differently now. */
  count(kind: ReviewKind, looked: { people: number; changed: number }): void {
    this.observations.debug('people looked at', { kind, ...looked });
  }

  /** Works at what is planned and nobody else is at, until nothing is left. @throws when a slice was not confirmed. */
  async run(): Promise<'done'> {
    while (!this.background.stopped && (await this.slice()));
    return 'done';
  }

  /**
   * The plan stays taken until the slice is written, so that nobody else does the same; who crashes in between leaves a slice that is done
   * twice, and the second time finds nothing different.
   */
  private slice(): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const review = await takeReview(tx);
      if (!review) return false;
      const people = await nextToReview(tx, review, PEOPLE_AT_ONCE);
      const isOver = (await this.look(review, people)) || people.length < PEOPLE_AT_ONCE;
      await settle(tx, review, { people, isOver });
      return true;
    });
  }

  /** @returns whether the directory was deleted, and there is nobody to look at. */
  private async look(review: ReviewInHand, people: string[]): Promise<boolean> {
    if (people.length === 0) return false;
    const { directoryId: id, organizationId, requestId, kind } = review;
    const origin = { directory: { id, organizationId }, requestId };
    try {
      const { changed } = await this.commands.execute<AssignRoles | RemapUsers, Reviewed>(
        kind === 'roles' ? new AssignRoles(origin, people) : new RemapUsers(origin, people),
      );
      this.count(kind, { people: people.length, changed });
      return false;
    } catch (error) {
      if (error instanceof DirectoryClosed) return true;
      throw error;
    }
  }
}

function settle(
  tx: Tx,
  review: ReviewInHand,
  { people, isOver }: { people: string[]; isOver: boolean },
): Promise<void> {
  return isOver ? endReview(tx, review) : advanceReview(tx, review, people);
}
