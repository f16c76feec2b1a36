/** What each event of a directory means to this application. All of it is written with `tx`, together with the cursor. */

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
      await tx.query(
        `insert into teams (id, directory_id, name) values ($1, $2, $3)
         on conflict (id) do update set name = excluded.name`,
        [event.data.id, event.data.directory_id, event.data.name],
      );
      break;
    case 'dsync.group.deleted':
      await tx.query('delete from team_members where team_id = $1', [event.data.id]);
      await tx.query('delete from teams where id = $1', [event.data.id]);
      break;
    case 'dsync.group.user_added':
    case 'dsync.group.user_removed':
      await tx.query(
        `insert into team_members as known (team_id, user_id, is_member, sequence) values ($1, $2, $3, $4)
         on conflict (team_id, user_id) do update set is_member = excluded.is_member, sequence = excluded.sequence
           where known.sequence < excluded.sequence`,
        [
          event.data.group.id,
          event.data.user.id,
          event.event === 'dsync.group.user_added',
          event.context.sequence,
        ],
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
    `insert into users as known (id, directory_id, organization_id, email, name, active, sequence)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (id) do update set email = excluded.email, name = excluded.name, active = excluded.active,
       sequence = excluded.sequence
       where known.sequence < excluded.sequence`,
    [user.id, user.directory_id, user.organization_id, user.email, user.name, active, sequence],
  );
  if (!active) await tx.query('delete from sessions where user_id = $1', [user.id]);
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

/** @returns the id of a new session, or undefined for somebody who may not sign in. */
export async function signIn(email, pool) {
  const { rows } = await pool.query(
    `insert into sessions (id, user_id)
     select $2, id from users
      where lower(email) = lower($1) and active and revoked_sequence <= sequence for share
     limit 1
     returning id`,
    [email, crypto.randomUUID()],
  );
  return rows[0]?.id;
}

export async function whoIs(sessionId, pool) {
  const { rows } = await pool.query(
    `select users.id, email, name,
       array(select teams.name from team_members join teams on teams.id = team_id
              where user_id = users.id and is_member order by 1) as teams
       from sessions join users on users.id = user_id where sessions.id = $1`,
    [sessionId],
  );
  return rows[0];
}
