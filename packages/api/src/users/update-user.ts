import { schema } from '@nexo/db';
import { AppError, type MyUserView, type UpdateUserInput } from '@nexo/shared';
import { eq } from 'drizzle-orm';
import type { UserContext } from '../context.ts';
import { isSameJson } from '../same-json.ts';
import { type Tx, transact } from '../transact.ts';
import { myUserView } from './user-view.ts';

const { userHeads, users } = schema;

/** The settings that are given; each takes its place beside those that stay. */
function settingsIn(input: UpdateUserInput) {
  const { presenceVisibleTo, readReceipts, messagesFrom, contactRequestsFrom, groupInvitesFrom, doNotDisturb } = input;
  return {
    ...(presenceVisibleTo !== undefined && { presenceVisibleTo }),
    ...(readReceipts !== undefined && { readReceipts }),
    ...(messagesFrom !== undefined && { messagesFrom }),
    ...(contactRequestsFrom !== undefined && { contactRequestsFrom }),
    ...(groupInvitesFrom !== undefined && { groupInvitesFrom }),
    ...(doNotDisturb !== undefined && { doNotDisturb }),
  };
}

/**
 * Changes the own profile and settings, and tells all own sessions; what is so already changes nothing and tells nobody. Returns it as
 * it is now. RATE_LIMITED when too often.
 */
export async function updateUser(ctx: UserContext, input: UpdateUserInput): Promise<MyUserView> {
  const { userId } = ctx.session;
  await ctx.rateLimits.take('updatePerUser', userId);
  return transact(ctx, async (tx) => {
    const [before] = await tx.orm.select().from(users).where(eq(users.id, userId)).for('update');
    if (before === undefined) throw new AppError('UNAUTHENTICATED');
    const { displayName = before.displayName, avatarUrl = before.avatarUrl, bio = before.bio } = input;
    const settings = { ...(before.settings as object), ...settingsIn(input) };
    const row = { ...before, displayName, avatarUrl, bio, settings };
    const [was, user] = [myUserView(before), myUserView(row)];
    if (isSameJson(was, user)) return user;
    // Who lets everybody write takes nobody's right away.
    if (user.messagesFrom !== was.messagesFrom && user.messagesFrom !== 'everyone') await stopDirectSends(tx, userId);
    const updatedAt = new Date(ctx.clock.now());
    await tx.orm.update(users).set({ displayName, avatarUrl, bio, settings, updatedAt }).where(eq(users.id, userId));
    const userChange = await tx.moveUserHead(userId);
    await tx.orm.update(userHeads).set({ profileChange: userChange }).where(eq(userHeads.userId, userId));
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
