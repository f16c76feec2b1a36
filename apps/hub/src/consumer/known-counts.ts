/**
 * How many people and groups a directory has, for those who ask. Counting a directory of a million takes a quarter of a second, so it is done anew
 * only when the directory's log has moved, and once for all who ask meanwhile; no answer is behind the log at the time of the question.
 */
import { Injectable } from '@nestjs/common';
import { countDirectories, sequencesOf, type DirectoryCounts } from '@app/projections';
import { Database } from '@app/runtime';

type Counts = Map<string, DirectoryCounts>;

const DIRECTORIES_REMEMBERED = 10_000;

@Injectable()
export class KnownCounts {
  private readonly known: Counts = new Map();
  /** Under way, for each directory that is in them. */
  private readonly counting = new Map<string, Promise<Counts>>();

  constructor(private readonly database: Database) {}

  /** One statement for all that are remembered, and one for all others. @returns none for a directory that is not there. */
  async of(directoryIds: string[]): Promise<ReadonlyMap<string, DirectoryCounts>> {
    const wanted = await sequencesOf(this.database, directoryIds);
    const found: Counts = new Map();
    const take = (id: string, counts: DirectoryCounts | undefined): void => {
      if (counts && counts.sequence < wanted.get(id)!) return; // counted before the log stood where it did when we asked
      if (counts) found.set(id, counts);
      wanted.delete(id);
    };
    for (const id of [...wanted.keys()]) if (this.known.has(id)) take(id, this.known.get(id));
    while (wanted.size > 0) {
      const ids = [...wanted.keys()];
      this.count(ids.filter((id) => !this.counting.has(id)));
      const counted = await Promise.all(ids.map((id) => this.counting.get(id)!));
      for (const [index, id] of ids.entries()) take(id, counted[index]!.get(id));
    }
    return found;
  }

  private count(ids: string[]): void {
    if (ids.length === 0) return;
    const counted = countDirectories(this.database, ids)
      .then((counts) => new Map(counts.map((each) => [each.directoryId, each])))
      .finally(() => ids.forEach((id) => this.counting.delete(id)));
    for (const id of ids) this.counting.set(id, counted);
    counted.then(
      (counts) => counts.forEach((each) => this.remember(each)),
      () => undefined, // those who wait hear of it
    );
  }

  private remember(counts: DirectoryCounts): void {
    this.known.delete(counts.directoryId);
    this.known.set(counts.directoryId, counts);
    const [oldest] = this.known.keys();
    if (this.known.size > DIRECTORIES_REMEMBERED) this.known.delete(oldest!);
  }
}
