import { systemConversationId, systemUserId } from '@nexo/shared';
import type { Services } from '../context.ts';
import { timeOf } from '../sql-time.ts';
import { type Tx, transact } from '../transact.ts';
import { readViewsOfPairs } from './conversation-views.ts';

/**
 * Makes the conversations in which the operator writes to these users, where they do not have one yet, in a handful of statements
 * whatever their number; nothing for who does not exist. They are told of them at once.
 */
export async function makeSystemConversations(
  ctx: Pick<Services, 'db' | 'bus' | 'clock'>,
  userIds: readonly string[],
): Promise<void> {
  const wanted = [...new Set(userIds)];
  if (wanted.length === 0) return;
  const rows = await ctx.db.sql<{ id: string }[]>`
    select u.id
    from unnest(${wanted}::text[], ${wanted.map(systemConversationId)}::uuid[]) as t (user_id, id)
    join users u on u.id = t.user_id and u.kind <> 'system'
    where not exists (select 1 from conversations c where c.id = t.id)`;
  const missing = rows.map(({ id }) => id);
  if (missing.length > 0) await transact(ctx, (tx) => insertAll(ctx, tx, missing));
}

async function insertAll(ctx: Pick<Services, 'clock'>, tx: Tx, userIds: readonly string[]): Promise<void> {
  const now = ctx.clock.now();
  const pairs = userIds.map((userId) => ({ userId, id: systemConversationId(userId) }));
  // One order for everybody who does this at the same time.
  pairs.sort((a, b) => (a.id < b.id ? -1 : 1));
  const ids = pairs.map(({ id }) => id);
  const made = await tx.sql<{ id: string }[]>`
    insert into conversations (id, kind, created_at)
    select t.id, 'system', ${timeOf(tx.sql, now)} from unnest(${ids}::uuid[]) with ordinality as t (id, place)
    order by t.place on conflict do nothing returning id`;
  const isNew = new Set(made.map((row) => row.id));
  const fresh = pairs.filter(({ id }) => isNew.has(id));
  if (fresh.length === 0) return;
  await tx.sql`insert into heads (conversation_id) select id from unnest(${fresh.map(({ id }) => id)}::uuid[]) as t (id)`;
  // The operator is a member like anybody who writes; the user may only read.
  await tx.sql`
    insert into members (conversation_id, user_id, joined_at, read_only)
    select t.id, who.user_id, ${timeOf(tx.sql, now)}, who.user_id = t.user_id
    from unnest(${fresh.map(({ id }) => id)}::uuid[], ${fresh.map(({ userId }) => userId)}::text[]) as t (id, user_id)
    cross join lateral (values (t.user_id), (${systemUserId})) as who (user_id)`;
  await tellAllJoined(tx, fresh);
}

/** As `tellJoined`, of many conversations with one user each. */
async function tellAllJoined(tx: Tx, pairs: readonly { id: string; userId: string }[]): Promise<void> {
  const changes = await tx.moveUserHeads(pairs.map(({ userId }) => userId));
  await tx.sql`
    update members m set user_change = t.change
    from unnest(
      ${pairs.map(({ id }) => id)}::uuid[], ${pairs.map(({ userId }) => userId)}::text[],
      ${pairs.map(({ userId }) => changes.get(userId) ?? 0)}::bigint[]
    ) as t (id, user_id, change)
    where m.conversation_id = t.id and m.user_id = t.user_id`;
  for (const { userId, conversation } of await readViewsOfPairs(tx.sql, pairs)) {
    const { userChange } = conversation.me;
    tx.tell({ kind: 'user', userId, change: userChange, events: [{ type: 'me.joined', userChange, conversation }] });
  }
}
