/** Cursors of the feed: the ids of events. Which are good, how far back they go, and where to restart with one that is not. */
import { Injectable } from '@nestjs/common';
import { EventLog } from '@app/event-log';
import { Clock, Database } from '@app/runtime';
import { ApiError } from '../consumer/api-error.js';
import { FeedSettings } from './feed-settings.js';

/** Where somebody begins, exclusive. */
export interface Start {
  position: number;
  /** The cursor's own time, when it is somebody's cursor: it must be that of the event at the position. */
  cursor?: { id: string; at: Date };
}

/** Days are long; a minute more or less shows a few events more. */
const FLOOR_KEPT_FOR_MILLISECONDS = 60_000;
const DAY_IN_MILLISECONDS = 86_400_000;

@Injectable()
export class FeedCursors {
  private known: { position: number; readAt: number } | undefined;

  constructor(
    private readonly database: Database,
    private readonly log: EventLog,
    private readonly clock: Clock,
    private readonly settings: FeedSettings,
  ) {}

  /** @param after undefined: the oldest event that is shown. @throws ApiError 400 */
  async startAfter(after: string | undefined): Promise<Start> {
    const floor = await this.floor();
    if (after === undefined) return { position: floor };
    const position = this.log.positionOf(after);
    if (position === undefined)
      throw await this.refused('invalid_cursor', `'${after}' is not the id of an event.`);
    if (position < floor) {
      const days = this.settings.retentionInDays;
      throw await this.refused(
        'cursor_expired',
        `'${after}' is older than the ${days} days that events are shown for.`,
      );
    }
    return { position, cursor: { id: after, at: this.log.timeOf(after) } };
  }

  /** @throws ApiError 400 for the cursor of a log that went another way: this one was restored from an older backup. */
  async check(
    { position, cursor }: Start,
    found: { head: { position: number } | undefined; anchoredAt: Date | undefined },
  ): Promise<void> {
    if (!cursor || found.anchoredAt?.getTime() === cursor.at.getTime()) return;
    const reason =
      position > (found.head?.position ?? 0)
        ? 'is ahead of this log: it was restored from an older backup.'
        : 'is not the id of an event of this log: it was restored from an older backup.';
    throw await this.refused('cursor_unknown', `'${cursor.id}' ${reason}`);
  }

  /** Any event of this log, however old. @throws ApiError 400 */
  async positionOf(id: string): Promise<number> {
    const position = this.log.positionOf(id);
    if (position === undefined)
      throw await this.refused('invalid_cursor', `'${id}' is not the id of an event.`);
    await this.checkId(id, position);
    return position;
  }

  /** @throws ApiError 400 when the event at the position is another one */
  async checkId(id: string, position: number): Promise<void> {
    const found = await this.log.idsAt(this.database, [position]);
    if (found.get(position) !== id)
      throw await this.refused(
        'cursor_unknown',
        `'${id}' is not the id of an event of this log: it was restored from an older backup.`,
      );
  }

  /** Everything up to here is not shown. */
  async floor(): Promise<number> {
    const { retentionInDays } = this.settings;
    if (retentionInDays === 0) return 0;
    const now = this.clock.now().getTime();
    if (this.known && now - this.known.readAt < FLOOR_KEPT_FOR_MILLISECONDS) return this.known.position;
    const oldest = new Date(now - retentionInDays * DAY_IN_MILLISECONDS);
    const position = await this.log.positionBefore(this.database, oldest);
    this.known = { position, readAt: now };
    return position;
  }

  private async refused(code: string, sentence: string): Promise<ApiError> {
    const floor = await this.floor();
    const ids = await this.log.idsAt(this.database, [floor, floor + 1]);
    const restart = {
      after: ids.get(floor) ?? null,
      oldest: ids.get(floor + 1) ?? null,
      snapshot: '/directories/{directory_id}/snapshot',
    };
    const remedy =
      'Leave out "after" to start with the oldest event that is shown, or take a snapshot and go on from its cursor.';
    return new ApiError(400, code, `${sentence} ${remedy}`, undefined, { members: { restart } });
  }
}
