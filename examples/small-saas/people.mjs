/** What each event of a directory means to this application. All of it is written with `tx`, together with the cursor. */
import { RollcallUnreachable } from '@rollcall/client';

/**
 * How everything is when the application begins: the same tables, as of one place in the log.
 * @param {readonly import('@rollcall/client').SnapshotItem[]} items
 * @param {import('pg').PoolClient} tx
 * @param {import('@rollcall/client').OrganizationStanding} standing
 */
export async function save(items, tx, { sequences }) {
  for (const item of items) {
    const sequence = sequences[item.directory_id];
    if (item.object === 'directory_user') await saveUser(item, sequence, tx);
    else if (item.object === 'directory_group') await saveTeam(item, tx);
    else await saveMember({ team: item.group_id, user: item.user_id, isMember: true, sequence }, tx);
  }
}

/**
 * @param {import('@rollcall/client').DirectoryEvent} event
 * @param {import('pg').PoolClient} tx
 */
export async function apply(event, tx) {
  switch (event.event) {
    case 'dsync.user.created':
    case 'dsync.user.updated':
      await saveUser(event.data, event.context.sequence, tx);
      break;
    case 'dsync.user.deleted':
      await saveUser({ ...event.data, state: 'inactive' }, event.context.sequence, tx);
      break;
    case 'dsync.group.created':
    case 'dsync.group.updated':
      await saveTeam(event.data, tx);
      break;
    case 'dsync.group.deleted':
      await tx.query('delete from team_members where team_id = $1', [event.data.id]);
      await tx.query('delete from teams where id = $1', [event.data.id]);
      break;
    case 'dsync.group.user_added':
    case 'dsync.group.user_removed':
      await saveMember(
        {
          team: event.data.group.id,
          user: event.data.user.id,
          isMember: event.event === 'dsync.group.user_added',
          sequence: event.context.sequence,
        },
        tx,
      );
      break;
    case 'dsync.deleted':
      // The only event of a directory that goes: nothing follows for each of its people.
      await tx.query('update users set active = false where directory_id = $1', [event.data.id]);
      await tx.query('delete from sessions using users where user_id = users.id and directory_id = $1', [
        event.data.id,
      ]);
      break;
  }
  await tx.query('insert into activity (event_id, event) values ($1, $2)', [event.id, event.event]);
}

async function saveUser(user, sequence, tx) {
  const active = user.state === 'active';
  await tx.query(
    `insert into users as known (id, directory_id, organization_id, email, name, role, active, sequence)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (id) do update set email = excluded.email, name = excluded.name, role = excluded.role,
       active = excluded.active, sequence = excluded.sequence
       where known.sequence < excluded.sequence`,
    [
      user.id,
      user.directory_id,
      user.organization_id,
      user.email,
      user.name,
      user.role?.slug,
      active,
      sequence,
    ],
  );
  if (!active) await tx.query('delete from sessions where user_id = $1', [user.id]);
}

async function saveTeam({ id, directory_id, name }, tx) {
  await tx.query(
    `insert into teams (id, directory_id, name) values ($1, $2, $3)
     on conflict (id) do update set name = excluded.name`,
    [id, directory_id, name],
  );
}

async function saveMember({ team, user, isMember, sequence }, tx) {
  await tx.query(
    `insert into team_members as known (team_id, user_id, is_member, sequence) values ($1, $2, $3, $4)
     on conflict (team_id, user_id) do update set is_member = excluded.is_member, sequence = excluded.sequence
       where known.sequence < excluded.sequence`,
    [team, user, isMember, sequence],
  );
}

/**
 * A revocation: this person's sessions end now, whatever the feed has brought so far.
 * @param {import('@rollcall/client').SessionRevocation} call
 * @param {import('pg').Pool} pool
 */
export async function endSessions(call, pool) {
  const { person, cause, sequence } = call;
  const isGone = cause === 'deactivated' || cause === 'deleted';
  const tx = await pool.connect();
  try {
    await tx.query('begin');
    // First the person: whoever signs in at this moment has done so before, or will not.
    await tx.query('update users set revoked_sequence = greatest(revoked_sequence, $2) where id = $1', [
      person.id,
      isGone ? sequence : 0,
    ]);
    await tx.query('delete from sessions where user_id = $1', [person.id]);
    await tx.query('commit');
  } catch (error) {
    await tx.query('rollback');
    throw error;
  } finally {
    tx.release();
  }
}

/**
 * @param {import('@rollcall/client').RollcallClient} rollcall
 * @returns the id of a new session, or undefined for somebody who may not sign in.
 */
export async function signIn(email, pool, rollcall) {
  const { rows } = await pool.query(
    'select id, directory_id from users where lower(email) = lower($1) and active order by id limit 1',
    [email],
  );
  const [person] = rows;
  if (!person || !(await mayComeIn(email, person, rollcall))) return undefined;
  // A revocation may have come since: this statement and that one are one after the other.
  const made = await pool.query(
    `insert into sessions (id, user_id)
     select $2, id from users where id = $1 and active and revoked_sequence <= sequence for share
     returning id`,
    [person.id, crypto.randomUUID()],
  );
  return made.rows[0]?.id;
}

/** What the identity provider has said up to this moment, whether the feed has brought it or not. */
async function mayComeIn(email, { directory_id }, rollcall) {
  try {
    return (await rollcall.signInChecks.check({ directory_id, email })).decision === 'allow';
  } catch (error) {
    // Nobody works any more because Rollcall is away? Here our own table decides then. Choose what fits your application.
    if (error instanceof RollcallUnreachable) return true;
    throw error;
  }
}

export async function whoIs(sessionId, pool) {
  const { rows } = await pool.query(
    `select users.id, email, name, role,
       array(select teams.name from team_members join teams on teams.id = team_id
              where user_id = users.id and is_member order by 1) as teams
       from sessions join users on users.id = user_id where sessions.id = $1`,
    [sessionId],
  );
  return rows[0];
}

/** For administrators: who else uses the application, and as what. */
export async function colleaguesOf(userId, pool) {
  const { rows } = await pool.query(
    `select other.id, other.email, other.role, other.active from users
       join users as other on other.organization_id = users.organization_id
      where users.id = $1 order by other.email`,
    [userId],
  );
  return rows;
}
