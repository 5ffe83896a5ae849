import type { Db } from '@nexo/db';
import { newId } from '@nexo/shared';
import { type Account, seedConversations } from '../harness/seed.ts';
import { seedUsers } from './topology.ts';

/** Members of each conversation beside the one who has so many. */
const peers = 50;
const messagesEach = 3;

/** People who have so many conversations each, with a few messages in each; the cursors they would have after a sync. */
export async function seedStanding(
  db: Db,
  sizes: readonly number[],
): Promise<{ users: Account[]; standing: { id: string; change: number }[][]; epoch: string }> {
  const accounts = await seedUsers(db, sizes.length + peers);
  const users = accounts.slice(0, sizes.length);
  const others = accounts.slice(sizes.length);
  const standing: { id: string; change: number }[][] = [];
  for (const [i, size] of sizes.entries()) {
    const owner = users[i]?.id ?? '';
    const conversations = Array.from({ length: size }, (_, n) => {
      return { id: newId(), kind: 'group' as const, memberIds: [owner, others[n % peers]?.id ?? ''] };
    });
    await seedConversations(db, conversations);
    const ids = conversations.map(({ id }) => id);
    await fillConversations(db, ids, messagesEach);
    standing.push(ids.map((id) => ({ id, change: messagesEach })));
  }
  const [row] = await db.sql<{ epoch: string }[]>`select epoch from system`;
  return { users, standing, epoch: row?.epoch ?? '' };
}

/** Puts so many text messages into each of the conversations, which are empty; any of their members has written them. */
export async function fillConversations(db: Db, ids: readonly string[], count: number): Promise<void> {
  await db.sql`
    insert into messages (conversation_id, seq, id, sender_id, client_message_id, type, content, countable, countable_seq,
      created_at, last_change)
    select c.id, n, gen_random_uuid(), c.user_id, gen_random_uuid(), 'text',
      jsonb_build_object('type', 'text', 'text', 'Message number ' || n || ' of a conversation that has been going on'),
      true, n, now() - (${count}::int - n) * interval '1 second', n
    from (
      select distinct on (conversation_id) conversation_id as id, user_id
      from members where conversation_id = any(${ids as string[]}::uuid[]) order by conversation_id, user_id desc
    ) c, generate_series(1, ${count}::int) as n`;
  await db.sql`
    update heads set seq = ${count}, change = ${count}, countable = ${count}
    where conversation_id = any(${ids as string[]}::uuid[])`;
}
