import { createHash, randomBytes } from 'node:crypto';
import type { Db } from '@nexo/db';
import { newId } from '@nexo/shared';

export interface SeededPerson {
  id: string;
  accessToken: string;
  /** Refresh tokens, each of a session of its own. */
  sessions: string[];
}

/**
 * Makes people with logins by SQL: the registration is limited by address and hashes a password, which has nothing to do with what
 * is checked. The tokens are real; the engine renews them as it would after a login.
 */
export async function seedPeople(db: Db, count: number, sessionsEach: number): Promise<SeededPerson[]> {
  const people = Array.from({ length: count }, (_, i) => ({
    id: `p${String(i).padStart(2, '0')}`,
    accessToken: makeToken('nxa'),
    sessions: Array.from({ length: sessionsEach }, () => makeToken('nxr')),
  }));
  const ids = people.map(({ id }) => id);
  const rows = people.flatMap(({ id, accessToken, sessions }) => [
    { session: newId(), user: id, kind: 'access', token: accessToken },
    ...sessions.map((token) => ({ session: newId(), user: id, kind: 'refresh', token })),
  ]);
  const hashOf = (token: string) => createHash('sha256').update(token).digest('hex');
  await db.sql.begin(async (sql) => {
    await sql`insert into users (id, display_name) select id, id from unnest(${ids}::text[]) as t (id)`;
    await sql`insert into user_heads (user_id) select id from unnest(${ids}::text[]) as t (id)`;
    await sql`
      insert into sessions (id, user_id, platform, transport, expires_at)
      select id, user_id, 'server', 'token', now() + interval '1 day'
      from unnest(${rows.map((row) => row.session)}::uuid[], ${rows.map((row) => row.user)}::text[]) as t (id, user_id)`;
    await sql`
      insert into tokens (hash, session_id, kind, expires_at)
      select decode(hash, 'hex'), session_id, kind, now() + interval '1 day'
      from unnest(${rows.map((row) => hashOf(row.token))}::text[], ${rows.map((row) => row.session)}::uuid[],
        ${rows.map((row) => row.kind)}::text[]) as t (hash, session_id, kind)`;
  });
  return people;
}

function makeToken(prefix: string): string {
  return `${prefix}_${randomBytes(32).toString('base64url')}`;
}
