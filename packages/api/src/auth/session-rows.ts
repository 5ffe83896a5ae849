import { schema } from '@nexo/db';
import { limits, type Platform, platformSchema, type SessionView } from '@nexo/shared';
import { and, asc, eq, gt, inArray, isNull, lt } from 'drizzle-orm';
import type { Services, Settings } from '../context.ts';
import type { Tx } from '../transact.ts';
import { makeToken } from './tokens.ts';

/*
 * Lock order of everything that touches sessions: the credentials row, the user's row, sessions by id, tokens, and last (as everywhere) the
 * user head.
 */

const { sessions, tokens } = schema;

export type SessionRow = typeof sessions.$inferSelect;
export type RevokeReason = NonNullable<SessionRow['revokeReason']>;

/** A fresh pair in clear, on its way to the client and to nowhere else. Times are epoch milliseconds. */
export interface IssuedTokens {
  accessToken: string;
  accessTokenExpiresAt: number;
  refreshToken: string;
  refreshTokenExpiresAt: number;
}

/** Neither revoked nor expired. */
export function isAlive(session: Pick<SessionRow, 'revokedAt' | 'expiresAt'>, nowMs: number): boolean {
  return session.revokedAt === null && session.expiresAt.getTime() > nowMs;
}

/**
 * Until when a session lives that is seen now and never again, in epoch milliseconds: the idle time from now, and never beyond its
 * absolute end. Not after now when that end has come.
 */
export function expiryOf(settings: Pick<Settings, 'sessionMaxMs'>, createdAt: Date, nowMs: number): number {
  return Math.min(nowMs + limits.sessionIdleMs, createdAt.getTime() + (settings.sessionMaxMs ?? limits.sessionMaxMs));
}

export function platformOf(session: Pick<SessionRow, 'platform'>): Platform {
  return platformSchema.parse(session.platform);
}

/** A session as its own user sees it; `currentId` is the session that asks. */
export function sessionView(session: SessionRow, currentId: string): SessionView {
  return {
    id: session.id,
    platform: platformOf(session),
    ...(session.deviceName !== null && { deviceName: session.deviceName }),
    ...(session.address !== null && { address: session.address }),
    createdAt: session.createdAt.getTime(),
    lastSeenAt: session.lastSeenAt.getTime(),
    current: session.id === currentId,
  };
}

/** Locks and returns all live sessions of a user, by id. */
export function lockLiveSessions(tx: Tx, userId: string, now: Date): Promise<SessionRow[]> {
  return tx.orm
    .select()
    .from(sessions)
    .where(and(eq(sessions.userId, userId), isNull(sessions.revokedAt), gt(sessions.expiresAt, now)))
    .orderBy(asc(sessions.id))
    .for('update');
}

/**
 * Writes a new pair of tokens for a session whose row is locked and which lives until `expiresAt`: no token outlives it. `parentHash` is
 * of the refresh token that they are exchanged for.
 */
export async function issueTokens(
  tx: Tx,
  clock: Services['clock'],
  session: { id: string; expiresAt: number },
  parentHash: Uint8Array | null = null,
): Promise<IssuedTokens> {
  const now = clock.now();
  const access = makeToken('access');
  const refresh = makeToken('refresh');
  const refreshTokenExpiresAt = session.expiresAt;
  const accessTokenExpiresAt = Math.min(now + limits.accessTokenMs, refreshTokenExpiresAt);
  const common = { sessionId: session.id, parentHash, createdAt: new Date(now) };
  await tx.orm.insert(tokens).values([
    { ...common, hash: access.hash, kind: 'access', expiresAt: new Date(accessTokenExpiresAt) },
    { ...common, hash: refresh.hash, kind: 'refresh', expiresAt: new Date(refreshTokenExpiresAt) },
  ]);
  return { accessToken: access.token, accessTokenExpiresAt, refreshToken: refresh.token, refreshTokenExpiresAt };
}

/** Notes that what a refresh token was exchanged for has been used: from here on only a thief presents that token. */
export async function noteSuccess(orm: Tx['orm'] | Services['db']['orm'], parentHash: Uint8Array, now: Date): Promise<void> {
  await orm
    .update(tokens)
    .set({ succeededAt: now })
    .where(and(eq(tokens.hash, parentHash), isNull(tokens.succeededAt)));
}

/**
 * Ends locked sessions of one user: their rows are marked, their access tokens deleted, and every node closes their sockets.
 * Refresh tokens stay, so that whoever presents one is told what happened. Follow it with {@link tellSessions}.
 */
export async function revokeSessions(
  tx: Tx,
  clock: Services['clock'],
  userId: string,
  sessionIds: string[],
  reason: RevokeReason,
): Promise<void> {
  if (sessionIds.length === 0) return;
  await tx.orm
    .update(sessions)
    .set({ revokedAt: new Date(clock.now()), revokeReason: reason })
    .where(inArray(sessions.id, sessionIds));
  await tx.orm.delete(tokens).where(and(inArray(tokens.sessionId, sessionIds), eq(tokens.kind, 'access')));
  tx.tell({
    kind: 'sessionsRevoked',
    userId,
    sessionIds,
    close: reason === 'replaced' ? 'SESSION_REPLACED' : 'SESSION_REVOKED',
  });
}

/** Counts and tells that the user's list of sessions changed. The last lock of a transaction. */
export async function tellSessions(tx: Tx, userId: string): Promise<void> {
  const userChange = await tx.moveUserHead(userId);
  tx.tell({ kind: 'user', userId, change: userChange, events: [{ type: 'me.sessions', userChange }] });
}

/** How long a dead session is remembered, so that its tokens are still answered with what happened. */
const rememberDeadMs = 30 * 24 * 3_600_000;

/** Removes a user's sessions that have been dead for long, with what is left of their tokens. */
export async function forgetDeadSessions(tx: Tx, userId: string, nowMs: number): Promise<void> {
  const old = new Date(nowMs - rememberDeadMs);
  const dead = await tx.orm
    .select({ id: sessions.id, revokedAt: sessions.revokedAt, expiresAt: sessions.expiresAt })
    .from(sessions)
    .where(and(eq(sessions.userId, userId), lt(sessions.createdAt, old)))
    .orderBy(asc(sessions.id));
  const ids = dead.filter((s) => s.expiresAt < old || (s.revokedAt !== null && s.revokedAt < old)).map((s) => s.id);
  if (ids.length === 0) return;
  await tx.orm.delete(sessions).where(inArray(sessions.id, ids));
  await tx.orm.delete(tokens).where(inArray(tokens.sessionId, ids));
}
