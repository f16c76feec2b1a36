/**
 * Deletes people who were kept after a DELETE, when their time has come. Every hub looks once a minute; several at once
 * do no harm, because each person is looked at again under the directory's lock.
 */
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { PURGE_REQUEST_ID } from '@app/directory';
import { peopleToPurge, type Due } from '@app/projections';
import { DeleteUser, DirectoryClosed, UnknownResource } from '@app/provisioning';
import { Clock, Database, Observations } from '@app/runtime';
import { Directories } from '@app/tenancy';

const PAUSE_IN_MILLISECONDS = 60_000;
const PEOPLE_AT_ONCE = 200;

@Injectable()
export class Purge implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly database: Database,
    private readonly directories: Directories,
    private readonly commands: CommandBus,
    private readonly clock: Clock,
    private readonly observations: Observations,
  ) {}

  /** At once, since nobody looked while no hub was there, and then again and again. */
  onApplicationBootstrap(): void {
    this.running = this.look();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private async look(): Promise<void> {
    try {
      const purged = await this.run();
      if (purged > 0) this.observations.info('people purged', { people: purged });
    } catch (error) {
      this.observations.warn('people could not be purged; the next try is in a minute', { error });
    }
    if (this.stopped) return;
    this.timer = setTimeout(() => (this.running = this.look()), PAUSE_IN_MILLISECONDS);
    this.timer.unref();
  }

  /**
   * Deletes everybody whose time has come.
   * @returns how many were asked for, also those whom another hub or a reactivation was faster with.
   * @throws when a deletion was not confirmed; the others of its batch were.
   */
  async run(): Promise<number> {
    let people = 0;
    let last: Due | undefined;
    while (!this.stopped) {
      const due = await peopleToPurge(this.database, {
        now: this.clock.now(),
        after: last,
        limit: PEOPLE_AT_ONCE,
      });
      last = due.at(-1);
      if (!last) break;
      await this.purge(due);
      people += due.length;
    }
    return people;
  }

  private async purge(due: Due[]): Promise<void> {
    const ids = [...new Set(due.map(({ directoryId }) => directoryId))];
    const directories = new Map((await this.directories.findMany(ids)).map((each) => [each.id, each]));
    const outcomes = await Promise.allSettled(
      due.map(async ({ directoryId, id }) => {
        const directory = directories.get(directoryId);
        if (!directory) return; // deleted this very moment, and its people with it
        const origin = {
          directory: { id: directoryId, organizationId: directory.organizationId },
          requestId: PURGE_REQUEST_ID,
        };
        await this.commands.execute(new DeleteUser(origin, id, {}, 'due'));
      }),
    );
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
    const trouble = failed.find(({ reason }) => !isOver(reason));
    if (trouble) throw trouble.reason;
  }
}

/** Somebody else has deleted the person, or the whole directory. */
function isOver(error: unknown): boolean {
  return error instanceof UnknownResource || error instanceof DirectoryClosed;
}
