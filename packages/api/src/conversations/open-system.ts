import { schema } from '@nexo/db';
import { systemConversationId } from '@nexo/shared';
import type { Services } from '../context.ts';
import { transact } from '../transact.ts';
import { tellJoined } from './tell-joined.ts';

/**
 * The id of the conversation in which the system speaks to a user, made if need be. The user, whose id is given as it is stored, is
 * its only member; it is not listed before something is said.
 */
export async function openSystem(ctx: Pick<Services, 'db' | 'bus' | 'clock'>, userId: string): Promise<string> {
  const id = systemConversationId(userId);
  const { conversations, heads, members } = schema;
  const now = new Date(ctx.clock.now());
  await transact(ctx, async (tx) => {
    const made = { id, kind: 'system' as const, createdAt: now };
    const inserted = await tx.orm.insert(conversations).values(made).onConflictDoNothing().returning();
    if (inserted.length === 0) return;
    await tx.orm.insert(heads).values({ conversationId: id });
    await tx.orm.insert(members).values({ conversationId: id, userId, joinedAt: now, hiddenSeq: 0 });
    await tellJoined(tx, id, [userId]);
  });
  return id;
}
