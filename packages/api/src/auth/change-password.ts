import { schema } from '@nexo/db';
import { AppError, type ChangePasswordInput } from '@nexo/shared';
import { eq } from 'drizzle-orm';
import type { UserContext } from '../context.ts';
import { transact } from '../transact.ts';
import { checkPasswordStrength } from './check-password-strength.ts';
import { countTry } from './count-try.ts';
import { lockLiveSessions, revokeSessions, tellSessions } from './session-rows.ts';

const { credentials } = schema;

/**
 * Sets a new password and signs every other session out. Counts as a login try, so that a stolen session cannot guess the old
 * one. Throws WRONG_CREDENTIALS (field currentPassword), WEAK_PASSWORD (field newPassword), RATE_LIMITED.
 */
export async function changePassword(ctx: UserContext, input: ChangePasswordInput): Promise<void> {
  const { userId, id } = ctx.session;
  checkPasswordStrength(input.newPassword, userId, 'newPassword');
  const attempt = await countTry(ctx, userId);
  const [before] = await ctx.db.orm.select().from(credentials).where(eq(credentials.userId, userId));
  const verifiedHash = before?.passwordHash ?? null;
  if (!(await ctx.passwords.verify(verifiedHash, input.currentPassword))) {
    await attempt.wrong();
    throw wrongPassword();
  }
  await attempt.right();
  const passwordHash = await ctx.passwords.hash(input.newPassword);

  await transact(ctx, async (tx) => {
    const now = new Date(ctx.clock.now());
    const [current] = await tx.orm.select().from(credentials).where(eq(credentials.userId, userId)).for('update');
    if (current?.passwordHash !== verifiedHash) throw wrongPassword();
    const live = await lockLiveSessions(tx, userId, now);
    // Signed out while the password was being verified: then it was not its owner who wants it changed.
    if (!live.some((session) => session.id === id)) throw new AppError('UNAUTHENTICATED');
    await tx.orm.update(credentials).set({ passwordHash, updatedAt: now }).where(eq(credentials.userId, userId));
    const others = live.map((session) => session.id).filter((sessionId) => sessionId !== id);
    if (others.length === 0) return;
    await revokeSessions(tx, ctx.clock, userId, others, 'password');
    await tellSessions(tx, userId);
  });
}

function wrongPassword(): AppError {
  return new AppError('WRONG_CREDENTIALS', { field: 'currentPassword', message: 'The current password is wrong' });
}
