import { schema } from '@nexo/db';
import { AppError, type MyUserView, type UpdateUserInput } from '@nexo/shared';
import { eq, sql } from 'drizzle-orm';
import type { UserContext } from '../context.ts';
import { type Tx, transact } from '../transact.ts';
import { myUserView } from './user-view.ts';

const { userHeads, users } = schema;

/** Each setting takes its place beside those that stay. */
function settingsOf({ presenceVisibleTo, readReceipts, messagesFrom, contactRequestsFrom, doNotDisturb }: UpdateUserInput) {
  const given = {
    ...(presenceVisibleTo !== undefined && { presenceVisibleTo }),
    ...(readReceipts !== undefined && { readReceipts }),
    ...(messagesFrom !== undefined && { messagesFrom }),
    ...(contactRequestsFrom !== undefined && { contactRequestsFrom }),
    ...(doNotDisturb !== undefined && { doNotDisturb }),
  };
  return Object.keys(given).length === 0 ? {} : { settings: sql`${users.settings} || ${JSON.stringify(given)}::text::jsonb` };
}

/** Changes the own profile and settings, and tells all own sessions. Returns it as it is now. RATE_LIMITED when too often. */
export async function updateUser(ctx: UserContext, input: UpdateUserInput): Promise<MyUserView> {
  const { userId } = ctx.session;
  await ctx.rateLimits.take('updatePerUser', userId);
  return transact(ctx, async (tx) => {
    // Who lets everybody write takes nobody's right away.
    if (input.messagesFrom !== undefined && input.messagesFrom !== 'everyone') await stopDirectSends(tx, userId);
    const [row] = await tx.orm
      .update(users)
      .set({
        ...(input.displayName !== undefined && { displayName: input.displayName }),
        ...(input.avatarUrl !== undefined && { avatarUrl: input.avatarUrl }),
        ...(input.bio !== undefined && { bio: input.bio }),
        ...settingsOf(input),
        updatedAt: new Date(ctx.clock.now()),
      })
      .where(eq(users.id, userId))
      .returning();
    if (row === undefined) throw new AppError('UNAUTHENTICATED');
    const userChange = await tx.moveUserHead(userId);
    await tx.orm.update(userHeads).set({ profileChange: userChange }).where(eq(userHeads.userId, userId));
    const user = myUserView(row);
    tx.tell({ kind: 'user', userId, change: userChange, events: [{ type: 'me.profile', userChange, user }] });
    return user;
  });
}

/**
 * Makes sends in the direct conversations of this user wait: none that began before is committed after this, and no lane believes any
 * more what it knew of who may write there.
 */
async function stopDirectSends(tx: Tx, userId: string): Promise<void> {
  await tx.sql`
    with locked as materialized (
      select h.conversation_id from members m
      join conversations c on c.id = m.conversation_id and c.kind = 'direct'
      join heads h on h.conversation_id = m.conversation_id
      where m.user_id = ${userId}
      order by h.conversation_id for update of h
    )
    update heads h set untold = h.untold + 1 from locked where h.conversation_id = locked.conversation_id`;
}
