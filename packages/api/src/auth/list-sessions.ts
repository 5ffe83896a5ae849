import { schema } from '@nexo/db';
import type { SessionView } from '@nexo/shared';
import { and, desc, eq, gt, isNull } from 'drizzle-orm';
import type { UserContext } from '../context.ts';
import { sessionView } from './session-rows.ts';

const { sessions } = schema;

/** The user's live sessions: the asking one first, then by when they were last seen. All of them, as they are bounded. */
export async function listSessions(ctx: UserContext): Promise<{ items: SessionView[]; nextCursor: null }> {
  const { id, userId } = ctx.session;
  const rows = await ctx.db.orm
    .select()
    .from(sessions)
    .where(and(eq(sessions.userId, userId), isNull(sessions.revokedAt), gt(sessions.expiresAt, new Date(ctx.clock.now()))))
    .orderBy(desc(eq(sessions.id, id)), desc(sessions.lastSeenAt), desc(sessions.id));
  return { items: rows.map((row) => sessionView(row, id)), nextCursor: null };
}
