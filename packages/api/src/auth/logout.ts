import type { UserContext } from '../context.ts';
import { clearCookies } from './cookies.ts';
import { endSession } from './end-session.ts';

/** Ends the session that asks. Repeating is harmless. */
export async function logout(ctx: UserContext): Promise<void> {
  await endSession(ctx, ctx.session, 'logout');
  clearCookies(ctx);
}
