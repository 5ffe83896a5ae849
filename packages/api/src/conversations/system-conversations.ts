import { schema } from '@nexo/db';
import { systemConversationId, systemUserId } from '@nexo/shared';
import type { Services } from '../context.ts';
import { type Tx, transact } from '../transact.ts';
import { tellJoined } from './tell-joined.ts';

/**
 * Makes the conversations in which the operator writes to these users, where they do not have one yet. They are told of them at once,
 * and do not see them listed before something is said. Answers the users that exist, as their ids are stored.
 */
export async function makeSystemConversations(
  ctx: Pick<Services, 'db' | 'bus' | 'clock'>,
  userIds: readonly string[],
): Promise<string[]> {
  const rows = await ctx.db.sql<{ id: string }[]>`
    select id from users where id = any(${[...new Set(userIds)]}::text[]) and kind <> 'system' order by id`;
  const ids = rows.map((row) => row.id);
  await transact(ctx, async (tx) => {
    for (const userId of ids) await insertOne(tx, userId, new Date(ctx.clock.now()));
  });
  return ids;
}

/** Nothing when it is there already. The operator is a member like anybody who writes. */
async function insertOne(tx: Tx, userId: string, now: Date): Promise<void> {
  const { conversations, heads, members } = schema;
  const id = systemConversationId(userId);
  const made = { id, kind: 'system' as const, createdAt: now };
  const inserted = await tx.orm.insert(conversations).values(made).onConflictDoNothing().returning();
  if (inserted.length === 0) return;
  await tx.orm.insert(heads).values({ conversationId: id });
  const row = { conversationId: id, joinedAt: now };
  await tx.orm.insert(members).values([
    { ...row, userId, hiddenSeq: 0 },
    { ...row, userId: systemUserId },
  ]);
  await tellJoined(tx, id, [userId]);
}
