import { schema } from '@nexo/db';
import { AppError, limits, type Platform } from '@nexo/shared';
import type { Services } from '../context.ts';
import type { Tx } from '../transact.ts';
import { replacedBy } from './multi-login.ts';
import {
  expiryOf,
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
  /** Where it begins; absent when that is not the user's own address. */
  address?: string | undefined;
}

/**
 * Begins a session of a user. Ends the sessions that the multi-login policy replaces, and those not seen for longest above
 * `settings.sessionsMaxPerUser`. Sessions of one user begin one after the other, so that each sees those before it. Throws
 * SUSPENDED.
 */
export async function startSession(
  tx: Tx,
  ctx: Pick<Services, 'clock' | 'newId' | 'settings'>,
  userId: string,
  wanted: NewSession,
): Promise<{ session: SessionRow; tokens: IssuedTokens }> {
  const nowMs = ctx.clock.now();
  const now = new Date(nowMs);
  const [user] = await tx.sql<{ suspended: boolean }[]>`
    select suspended_at is not null as suspended from users where id = ${userId} for no key update`;
  if (user?.suspended === true) throw new AppError('SUSPENDED', { message: 'This account is suspended' });
  await forgetDeadSessions(tx, userId, nowMs);

  const older = (await lockLiveSessions(tx, userId, now)).map((row) => ({ ...row, platform: platformOf(row) }));
  const replaced = new Set(replacedBy(ctx.settings.multiLogin, wanted.platform, older));
  const sessionsMax = Math.min(ctx.settings.sessionsMaxPerUser ?? limits.sessionsMaxPerUser, limits.sessionsMaxPerUser);
  const staying = older.filter((row) => !replaced.has(row)).sort((a, b) => a.lastSeenAt.getTime() - b.lastSeenAt.getTime());
  for (const row of staying.slice(0, Math.max(0, staying.length + 1 - sessionsMax))) replaced.add(row);

  const expiresAt = expiryOf(ctx.settings, now, nowMs);
  const [session] = await tx.orm
    .insert(schema.sessions)
    .values({
      id: ctx.newId(),
      userId,
      platform: wanted.platform,
      deviceName: wanted.deviceName || null,
      transport: wanted.transport,
      address: wanted.address ?? null,
      createdAt: now,
      lastSeenAt: now,
      expiresAt: new Date(expiresAt),
    })
    .returning();
  if (session === undefined) throw new AppError('INTERNAL');
  const tokens = await issueTokens(tx, ctx.clock, { id: session.id, expiresAt });

  const replacedIds = [...replaced].map((row) => row.id);
  await revokeSessions(tx, ctx.clock, userId, replacedIds, 'replaced');
  await tellSessions(tx, userId);
  return { session, tokens };
}
