import { AppError, type RevokeSessionInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { clearCookies } from './cookies.ts';
import { endSession } from './end-session.ts';

/** Signs one of the user's own sessions out. Throws NOT_FOUND for any other, and for one that has ended. */
export async function revokeSession(ctx: UserContext, input: RevokeSessionInput): Promise<void> {
  const ended = await endSession(ctx, { id: input.sessionId, userId: ctx.session.userId }, 'revoked');
  if (!ended) throw new AppError('NOT_FOUND', { field: 'sessionId' });
  if (input.sessionId === ctx.session.id) clearCookies(ctx);
}
