import { schema } from '@nexo/db';
import { and, eq, isNull } from 'drizzle-orm';
import type { Services } from '../context.ts';
import { transact } from '../transact.ts';
import { type RevokeReason, revokeSessions, tellSessions } from './session-rows.ts';

const { sessions } = schema;

/** Ends one session of a user. Returns false, and does nothing, when it is not theirs or has ended before. */
export async function endSession(
  ctx: Pick<Services, 'db' | 'bus' | 'clock'>,
  { id, userId }: { id: string; userId: string },
  reason: RevokeReason,
): Promise<boolean> {
  return transact(ctx, async (tx) => {
    const [session] = await tx.orm
      .select({ id: sessions.id })
      .from(sessions)
      .where(and(eq(sessions.id, id), eq(sessions.userId, userId), isNull(sessions.revokedAt)))
      .for('update');
    if (session === undefined) return false;
    await revokeSessions(tx, ctx.clock, userId, [id], reason);
    await tellSessions(tx, userId);
    return true;
  });
}
