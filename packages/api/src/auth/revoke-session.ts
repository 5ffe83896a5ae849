import { schema } from '@nexo/db';
import { AppError, type RevokeSessionInput } from '@nexo/shared';
import { and, eq, isNull } from 'drizzle-orm';
import type { UserContext } from '../context.ts';
import { confirmPassword } from './confirm-password.ts';
import { clearCookies } from './cookies.ts';
import { endSession } from './end-session.ts';

const { sessions } = schema;

/**
 * Signs one of the user's own sessions out; another than the asking one only with the password. Throws NOT_FOUND for somebody else's,
 * and for one that has ended, and what {@link confirmPassword} throws.
 */
export async function revokeSession(ctx: UserContext, { sessionId, password }: RevokeSessionInput): Promise<void> {
  const { id, userId } = ctx.session;
  const notFound = new AppError('NOT_FOUND', { field: 'sessionId' });
  if (sessionId !== id) {
    const [wanted] = await ctx.db.orm
      .select({ id: sessions.id })
      .from(sessions)
      .where(and(eq(sessions.id, sessionId), eq(sessions.userId, userId), isNull(sessions.revokedAt)));
    // Nobody is asked for a password in vain.
    if (wanted === undefined) throw notFound;
    await confirmPassword(ctx, password);
  }
  if (!(await endSession(ctx, { id: sessionId, userId }, 'revoked'))) throw notFound;
  if (sessionId === id) clearCookies(ctx);
}
