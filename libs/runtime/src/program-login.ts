/** A login that has the application role's rights and no others: whoever gets hold of it cannot become the owner. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { APPLICATION_ROLE } from './database.js';

/**
 * Makes the login, or gives it a new password. The database must have been migrated.
 * @param ownerUrl a role that may make roles.
 * @returns the same database's URL for programs.
 */
export async function programLogin(ownerUrl: string, name = 'rollcall_program'): Promise<string> {
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  try {
    const role = pg.escapeIdentifier(name);
    const password = randomBytes(24).toString('base64url');
    const { rowCount } = await owner.query('select from pg_roles where rolname = $1', [name]);
    if (!rowCount) await owner.query(`create role ${role} login in role ${APPLICATION_ROLE}`);
    await owner.query(`alter role ${role} password ${pg.escapeLiteral(password)}`);
    const url = new URL(ownerUrl);
    url.username = name;
    url.password = password;
    return url.href;
  } finally {
    await owner.end();
  }
}
