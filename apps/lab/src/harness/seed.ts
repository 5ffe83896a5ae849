import { createHash, randomBytes } from 'node:crypto';
import type { Db } from '@nexo/db';
import { type ConversationView, limits, newId } from '@nexo/shared';
import { connectWire, type WireClient } from '../wire/wire-client.ts';

export interface Account {
  id: string;
  accessToken: string;
}

const quiet = { items: () => {}, answered: () => {}, closed: () => {} };

/**
 * Makes people who are logged in, by SQL: the registration hashes a password with argon2id, which for a thousand people is a
 * minute of two cores and has nothing to do with what is measured. The tokens are real; every socket is authenticated with one.
 */
export async function seedAccounts(db: Db, count: number): Promise<Account[]> {
  const accounts = Array.from({ length: count }, (_, i) => ({
    id: `load-${String(i).padStart(5, '0')}`,
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

/** Opens the direct conversation of every pair over the wire. Returns their ids by pair. */
export async function seedDirect(port: number, accounts: readonly Account[]): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i + 1 < accounts.length; i += 2) {
    const [a, b] = [accounts[i], accounts[i + 1]];
    if (a === undefined || b === undefined) break;
    ids.push(await withWire(port, a, (wire) => open(wire, 'conversations.openDirect', { userId: b.id })));
  }
  return ids;
}

/**
 * Makes one group of everybody: as many as one call takes over the wire, the rest by SQL, since no call makes a group larger
 * than `limits.groupMaxMembers`. Returns its conversation's id.
 */
export async function seedGroup(db: Db, port: number, accounts: readonly Account[]): Promise<string> {
  const [owner, ...others] = accounts;
  if (owner === undefined) throw new Error('A group needs an owner.');
  const invited = others.slice(0, limits.groupCreateMaxMembers - 1).map((account) => account.id);
  const rest = others.slice(invited.length).map((account) => account.id);
  const id = await withWire(port, owner, (wire) => open(wire, 'groups.create', { name: 'Load', memberIds: invited }));
  await db.sql.begin(async (sql) => {
    await sql`
      insert into members (conversation_id, user_id, change)
      select h.conversation_id, t.user_id, h.change
      from heads h, unnest(${rest}::text[]) as t (user_id) where h.conversation_id = ${id}`;
    await sql`
      update groups set member_count = ${accounts.length}, max_members = greatest(max_members, ${accounts.length})
      where conversation_id = ${id}`;
  });
  return id;
}

async function open(wire: WireClient, path: string, input: unknown): Promise<string> {
  const view = await wire.call<ConversationView>('mutation', path, input);
  return view.id;
}

async function withWire<T>(port: number, account: Account, use: (wire: WireClient) => Promise<T>): Promise<T> {
  const wire = await connectWire(port, account.accessToken, quiet);
  try {
    return await use(wire);
  } finally {
    wire.close();
  }
}
