import { schema } from '@nexo/db';
import { AppError, limits, type Platform } from '@nexo/shared';
import type { Services } from '../context.ts';
import type { Tx } from '../transact.ts';
import { replacedBy } from './multi-login.ts';
import {
  forgetDeadSessions,
  type IssuedTokens,
  issueTokens,
  lockLiveSessions,
  platformOf,
  revokeSessions,
  type SessionRow,
  tellSessions,
} from './session-rows.ts';

export interface NewSession {
  platform: Platform;
  deviceName?: string | undefined;
  transport: 'token' | 'cookie';
}

/**
 * Begins a session of a user whose credentials row is locked (so that logins of one account take turns). Ends the sessions that
 * the multi-login policy replaces, and those not seen for longest above `limits.sessionsMaxPerUser`.
 */
export async function startSession(
  tx: Tx,
  ctx: Pick<Services, 'clock' | 'newId' | 'settings'>,
  userId: string,
  wanted: NewSession,
): Promise<{ session: SessionRow; tokens: IssuedTokens }> {
  const nowMs = ctx.clock.now();
  const now = new Date(nowMs);
  await forgetDeadSessions(tx, userId, nowMs);

  const older = (await lockLiveSessions(tx, userId, now)).map((row) => ({ ...row, platform: platformOf(row) }));
  const replaced = new Set(replacedBy(ctx.settings.multiLogin, wanted.platform, older));
  const staying = older.filter((row) => !replaced.has(row)).sort((a, b) => a.lastSeenAt.getTime() - b.lastSeenAt.getTime());
  for (const row of staying.slice(0, Math.max(0, staying.length + 1 - limits.sessionsMaxPerUser))) replaced.add(row);

  const [session] = await tx.orm
    .insert(schema.sessions)
    .values({
      id: ctx.newId(),
      userId,
      platform: wanted.platform,
      deviceName: wanted.deviceName || null,
      transport: wanted.transport,
      createdAt: now,
      lastSeenAt: now,
      expiresAt: new Date(nowMs + limits.sessionIdleMs),
    })
    .returning();
  if (session === undefined) throw new AppError('INTERNAL');
  const tokens = await issueTokens(tx, ctx.clock, session.id);

  const replacedIds = [...replaced].map((row) => row.id);
  await revokeSessions(tx, ctx.clock, userId, replacedIds, 'replaced');
  await tellSessions(tx, userId);
  return { session, tokens };
}
