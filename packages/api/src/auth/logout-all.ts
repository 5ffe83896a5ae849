import type { ConfirmedInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { transact } from '../transact.ts';
import { confirmPassword } from './confirm-password.ts';
import { clearCookies } from './cookies.ts';
import { lockLiveSessions, revokeSessions, tellSessions } from './session-rows.ts';

/** Ends every session of the user, the asking one too. Throws what {@link confirmPassword} throws. */
export async function logoutAll(ctx: UserContext, input: ConfirmedInput): Promise<void> {
  const { userId } = ctx.session;
  await confirmPassword(ctx, input?.password);
  await transact(ctx, async (tx) => {
    const live = await lockLiveSessions(tx, userId, new Date(ctx.clock.now()));
    if (live.length === 0) return;
    const ids = live.map((session) => session.id);
    await revokeSessions(tx, ctx.clock, userId, ids, 'logout');
    await tellSessions(tx, userId);
  });
  clearCookies(ctx);
}
