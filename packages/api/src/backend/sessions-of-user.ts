import { schema } from '@nexo/db';
import type { OfUserInput, RevokeSessionsInput, SessionView } from '@nexo/shared';
import { and, desc, eq, gt, isNull } from 'drizzle-orm';
import { lockLiveSessions, revokeSessions, sessionView, tellSessions } from '../auth/session-rows.ts';
import type { BackendContext } from '../context.ts';
import { transact } from '../transact.ts';
import { findPerson } from './find-person.ts';

const { sessions } = schema;

/** The live sessions of a user, by when they were last seen. Throws NOT_FOUND. */
export async function listSessionsOf(
  ctx: BackendContext,
  input: OfUserInput,
): Promise<{ items: SessionView[]; nextCursor: null }> {
  const userId = await findPerson(ctx.db.sql, input.userId);
  const rows = await ctx.db.orm
    .select()
    .from(sessions)
    .where(and(eq(sessions.userId, userId), isNull(sessions.revokedAt), gt(sessions.expiresAt, new Date(ctx.clock.now()))))
    .orderBy(desc(sessions.lastSeenAt), desc(sessions.id));
  return { items: rows.map((row) => sessionView(row, '')), nextCursor: null };
}

/** Ends the named sessions of a user, or all of them; those that have ended, or are another's, are left out. Throws NOT_FOUND. */
export async function revokeSessionsOf(
  ctx: BackendContext,
  input: RevokeSessionsInput,
): Promise<{ revokedSessionIds: string[] }> {
  const userId = await findPerson(ctx.db.sql, input.userId);
  return transact(ctx, async (tx) => {
    const live = await lockLiveSessions(tx, userId, new Date(ctx.clock.now()));
    const named = input.sessionIds === undefined ? null : new Set(input.sessionIds);
    const ids = live.map((session) => session.id).filter((id) => named === null || named.has(id));
    if (ids.length === 0) return { revokedSessionIds: [] };
    await revokeSessions(tx, ctx.clock, userId, ids, 'backend');
    await tellSessions(tx, userId);
    return { revokedSessionIds: ids };
  });
}
