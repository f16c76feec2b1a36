/**
 * Follows the log for who came to a group or left it, and has their roles worked out: one hub at a time, by a checkpoint. What concerns
 * everybody in a group becomes a review, which is done in slices.
 */
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { moveCheckpoint, takeCheckpoint } from '@app/event-log';
import { roleNews, type RoleNews } from '@app/projections';
import { AssignRoles, DirectoryClosed, planReview } from '@app/provisioning';
import { Clock, Database, type Tx } from '@app/runtime';
import { LogMoved } from '../log-moved.js';
import { Background } from './background.js';
import { Reviews } from './reviews.js';

export const ROLES_CHECKPOINT = 'roles';

/** The checkpoint is held while the commands of so many are carried out. */
const NEWS_AT_ONCE = 200;
const PEOPLE_AT_ONCE = 200;

@Injectable()
export class RoleFollower implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly background: Background;

  constructor(
    private readonly database: Database,
    private readonly commands: CommandBus,
    private readonly clock: Clock,
    private readonly reviews: Reviews,
    logMoved: LogMoved,
  ) {
    this.background = new Background(
      () => this.run(),
      (error) => reviews.complain('roles could not be worked out; the next try is in seconds', error),
    );
    // What this hub has written itself is followed at once; what other hubs write, they follow.
    logMoved.hear((types) => {
      if (!types || types.some((type) => CONCERNING.has(type))) this.background.wake();
    });
  }

  onApplicationBootstrap(): void {
    this.background.wake();
  }

  onApplicationShutdown(): Promise<void> {
    return this.background.stop();
  }

  /** Follows to the end of the log. @throws when something was not confirmed; it is done again. */
  async run(): Promise<'done' | 'elsewhere'> {
    while (!this.background.stopped) {
      const step = await this.database.transaction((tx) => this.step(tx));
      if (step === undefined) return 'elsewhere';
      if (step.planned) this.reviews.wake();
      if (step.complete) return 'done';
    }
    return 'done';
  }

  /** @returns undefined when another hub is at it. */
  private async step(tx: Tx): Promise<{ planned: boolean; complete: boolean } | undefined> {
    const after = await takeCheckpoint(tx, ROLES_CHECKPOINT);
    if (after === undefined) return undefined;
    const { news, upto, complete } = await roleNews(tx, after, NEWS_AT_ONCE);
    const planned = await Promise.all(byDirectory(news).map((ofDirectory) => this.follow(tx, ofDirectory)));
    if (upto > after) await moveCheckpoint(tx, ROLES_CHECKPOINT, upto);
    return { planned: planned.includes(true), complete };
  }

  /** @param news of one directory, at least one. @returns whether a review was planned. */
  private async follow(tx: Tx, news: RoleNews[]): Promise<boolean> {
    const { directoryId, organizationId, requestId } = news[0]!;
    const groups = causesBySubject(news, 'Group');
    for (const [groupId, cause] of groups) {
      const wish = { kind: 'roles', groupId, requestId: cause, now: this.clock.now() } as const;
      await planReview(tx, [directoryId], wish);
    }
    const people = causesBySubject(news, 'User');
    const origin = { directory: { id: directoryId, organizationId }, requestId };
    const ids = [...people.keys()];
    for (let at = 0; at < ids.length; at += PEOPLE_AT_ONCE) {
      const slice = ids.slice(at, at + PEOPLE_AT_ONCE);
      const command = new AssignRoles(origin, slice, people);
      const done = await this.commands.execute(command).catch(unlessClosed);
      if (done) this.reviews.count('roles', { people: slice.length, changed: done.changed });
    }
    return groups.size > 0;
  }
}

const CONCERNING: ReadonlySet<string> = new Set(['MembershipChanged', 'GroupChanged']);

/** The directory was deleted, and its people with it. */
function unlessClosed(error: unknown): void {
  if (!(error instanceof DirectoryClosed)) throw error;
}

function byDirectory(news: RoleNews[]): RoleNews[][] {
  const found = new Map<string, RoleNews[]>();
  for (const each of news) {
    const ofDirectory = found.get(each.directoryId);
    if (ofDirectory) ofDirectory.push(each);
    else found.set(each.directoryId, [each]);
  }
  return [...found.values()];
}

/** The last request that concerned each. */
function causesBySubject(news: RoleNews[], type: 'User' | 'Group'): Map<string, string> {
  const ofType = news.filter(({ subject }) => subject.type === type);
  return new Map(ofType.map(({ subject, requestId }) => [subject.id, requestId]));
}
