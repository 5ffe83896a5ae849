import { schema } from '@nexo/db';
import { AppError, type MyUserView, type UpdateUserInput } from '@nexo/shared';
import { eq, sql } from 'drizzle-orm';
import type { UserContext } from '../context.ts';
import { transact } from '../transact.ts';
import { myUserView } from './user-view.ts';

const { userHeads, users } = schema;

/** Each setting takes its place beside those that stay. */
function settingsOf({ presenceVisibleTo, messagesFrom, contactRequestsFrom, doNotDisturb }: UpdateUserInput) {
  const given = {
    ...(presenceVisibleTo !== undefined && { presenceVisibleTo }),
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
