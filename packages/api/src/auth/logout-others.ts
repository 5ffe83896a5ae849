import type { ConfirmedInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { transact } from '../transact.ts';
import { confirmPassword } from './confirm-password.ts';
import { lockLiveSessions, revokeSessions, tellSessions } from './session-rows.ts';

/** Ends every other session of the user; the asking one goes on. Answers how many that were. Throws what {@link confirmPassword} throws. */
export async function logoutOthers(ctx: UserContext, input: ConfirmedInput): Promise<{ revoked: number }> {
  const { userId, id } = ctx.session;
  await confirmPassword(ctx, input?.password);
  return transact(ctx, async (tx) => {
    const live = await lockLiveSessions(tx, userId, new Date(ctx.clock.now()));
    const others = live.map((session) => session.id).filter((sessionId) => sessionId !== id);
    // Signed out in the meantime: then it is not for this session to say who stays.
    if (others.length === live.length || others.length === 0) return { revoked: 0 };
    await revokeSessions(tx, ctx.clock, userId, others, 'revoked');
    await tellSessions(tx, userId);
    return { revoked: others.length };
  });
}
