import { createHash, randomBytes } from 'node:crypto';
import type { Db } from '@nexo/db';
import { newId } from '@nexo/shared';

export interface Account {
  id: string;
  accessToken: string;
}

/**
 * Makes people who are logged in, by SQL: the registration hashes a password with argon2id, which for a thousand people is a
 * minute of two cores and has nothing to do with what is measured. The tokens are real; every socket is authenticated with one.
 * `from` is the number of the first one, so that more can be made later.
 */
export async function seedAccounts(db: Db, count: number, from = 0): Promise<Account[]> {
  const accounts = Array.from({ length: count }, (_, i) => ({
    id: `load-${String(from + i).padStart(5, '0')}`,
    sessionId: newId(),
    accessToken: `nxa_${randomBytes(32).toString('base64url')}`,
  }));
  const ids = accounts.map((account) => account.id);
  const sessionIds = accounts.map((account) => account.sessionId);
  const hashes = accounts.map((account) => createHash('sha256').update(account.accessToken).digest('hex'));
  await db.sql.begin(async (sql) => {
    await sql`insert into users (id, display_name) select id, id from unnest(${ids}::text[]) as t (id)`;
    await sql`insert into user_heads (user_id) select id from unnest(${ids}::text[]) as t (id)`;
    await sql`
      insert into sessions (id, user_id, platform, transport, expires_at)
      select id, user_id, 'server', 'token', now() + interval '1 day'
      from unnest(${sessionIds}::uuid[], ${ids}::text[]) as t (id, user_id)`;
    await sql`
      insert into tokens (hash, session_id, kind, expires_at)
      select decode(hash, 'hex'), session_id, 'access', now() + interval '1 day'
      from unnest(${hashes}::text[], ${sessionIds}::uuid[]) as t (hash, session_id)`;
  });
  return accounts.map(({ id, accessToken }) => ({ id, accessToken }));
}

export interface SeededConversation {
  id: string;
  kind: 'direct' | 'group';
  /** The first one owns a group. */
  memberIds: readonly string[];
}

/** Rows of one statement: arrays much longer cost more than a second statement. */
const rowsAtOnce = 20_000;

/**
 * Makes conversations without messages by SQL, as `conversations.openDirect` and `groups.create` leave them (but for the notice of
 * a group): thousands of them are made in seconds, and a group may be larger than one call makes it.
 */
export async function seedConversations(db: Db, conversations: readonly SeededConversation[]): Promise<void> {
  for (let at = 0; at < conversations.length; at += rowsAtOnce) {
    await insertConversations(db, conversations.slice(at, at + rowsAtOnce));
  }
}

async function insertConversations(db: Db, conversations: readonly SeededConversation[]): Promise<void> {
  const ids = conversations.map(({ id }) => id);
  const kinds = conversations.map(({ kind }) => kind);
  const groups = conversations.filter(({ kind }) => kind === 'group');
  const members = conversations.flatMap(({ id, kind, memberIds }) =>
    memberIds.map((userId, i) => ({ id, userId, role: kind === 'group' && i === 0 ? 'owner' : 'member' })),
  );
  await db.sql.begin(async (sql) => {
    await sql`
      insert into conversations (id, kind)
      select id, kind from unnest(${ids}::uuid[], ${kinds}::text[]) as t (id, kind)`;
    await sql`insert into heads (conversation_id) select id from unnest(${ids}::uuid[]) as t (id)`;
    if (groups.length > 0) {
      await sql`
        insert into groups (conversation_id, name, max_members, member_count, created_by)
        select id, 'Load', greatest(500, size), size, owner
        from unnest(${groups.map(({ id }) => id)}::uuid[], ${groups.map(({ memberIds }) => memberIds.length)}::int[],
          ${groups.map(({ memberIds }) => memberIds[0] ?? '')}::text[]) as t (id, size, owner)`;
    }
    for (let at = 0; at < members.length; at += rowsAtOnce) {
      const some = members.slice(at, at + rowsAtOnce);
      await sql`
        insert into members (conversation_id, user_id, role)
        select id, user_id, role
        from unnest(${some.map(({ id }) => id)}::uuid[], ${some.map(({ userId }) => userId)}::text[],
          ${some.map(({ role }) => role)}::text[]) as t (id, user_id, role)`;
    }
  });
}
