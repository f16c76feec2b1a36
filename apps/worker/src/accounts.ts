/** Whose turn a destination takes: its organization's, which never changes. One that hears of everybody has turns of its own. */
import type { Database } from '@app/runtime';

const REMEMBERED_AT_MOST = 20_000;

export class Accounts {
  private readonly known = new Map<string, string>();

  constructor(private readonly database: Database) {}

  /** @returns undefined when there is no such destination any more. */
  async of(destinationId: string): Promise<string | undefined> {
    const known = this.known.get(destinationId);
    if (known !== undefined) return known;
    const [row] = await this.database.rows<{ account: string }>(
      'select coalesce(organization_id, id) as account from destination where id = $1',
      [destinationId],
    );
    if (!row) return undefined;
    if (this.known.size >= REMEMBERED_AT_MOST) this.known.clear();
    this.known.set(destinationId, row.account);
    return row.account;
  }
}
