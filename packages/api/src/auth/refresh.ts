import { schema } from '@nexo/db';
import { AppError, type AuthResult, type ErrorCode, limits, type RefreshInput } from '@nexo/shared';
import { and, eq, inArray, isNull, lte } from 'drizzle-orm';
import type { RequestContext } from '../context.ts';
import { addressKey } from '../rate-limits.ts';
import { type Tx, transact } from '../transact.ts';
import { myUserView } from '../users/user-view.ts';
import { clearCookies, cookieNames, handOver, jarFor } from './cookies.ts';
import {
  expiryOf,
  isAlive,
  issueTokens,
  noteSuccess,
  revokeSessions,
  type SessionRow,
  sessionView,
  tellSessions,
} from './session-rows.ts';
import { tokenHash } from './tokens.ts';

const { sessions, tokens, users } = schema;

/** Nothing will ever come of this token any more. */
const deadCodes = new Set<ErrorCode>(['UNAUTHENTICATED', 'SESSION_REVOKED', 'SESSION_REPLACED']);

/**
 * A fresh pair of tokens for a refresh token, which is used up by it.
 *
 *   unused ──refresh──► used ──again, within 10 s or before its successors were used──► used, and a fresh pair too
 *     │                   ├──again, within 60 s──► refused, and nothing changes
 *     │                   └──again, later──► theft, the session is revoked
 *     └──a sibling is refreshed──► succeeded: the same three, by time alone
 *
 * The answer to a refresh may be lost on its way, and the device come back much later with the token that it still has: as long as
 * nobody has used what the token was exchanged for, it is honest. So there may be several unused tokens of one session, as there are
 * when two tabs refresh at once. The first that is refreshed takes the place of the others, so that two holders of one session can
 * never go on side by side: whoever comes second is found out.
 *
 * A refresh may also lie in a node that stands still until the device has long gone on elsewhere, and nobody waits for its answer. So the
 * first minute proves no theft. Who holds a stolen token gets nothing in it; whoever was robbed asks again when it is over.
 *
 * However often it is refreshed, a session ends a fixed time after its login, and its last tokens with it.
 *
 * Throws UNAUTHENTICATED for a token that is unknown, expired or forgotten, SESSION_REVOKED when its session has ended or ends by this,
 * SESSION_REPLACED when another login took its place, TOKEN_USED within that minute, RATE_LIMITED by session and by address.
 */
export async function refresh(ctx: RequestContext, input: RefreshInput): Promise<AuthResult> {
  const presented = input.refreshToken ?? ctx.cookies?.get(cookieNames(ctx.settings).refresh);
  try {
    return await rotate(ctx, presented === undefined ? null : tokenHash('refresh', presented));
  } catch (error) {
    // Script cannot remove a dead cookie, so the refusal does.
    const isDead = error instanceof AppError && deadCodes.has(error.code);
    if (isDead && input.refreshToken === undefined) clearCookies(ctx);
    throw error;
  }
}

async function rotate(ctx: RequestContext, hash: Uint8Array | null): Promise<AuthResult> {
  if (hash === null) throw new AppError('UNAUTHENTICATED');
  await ctx.rateLimits.take('refreshPerAddress', addressKey(ctx.address));
  const [found] = await ctx.db.orm
    .select({ sessionId: tokens.sessionId, transport: sessions.transport })
    .from(tokens)
    .innerJoin(sessions, eq(sessions.id, tokens.sessionId))
    .where(and(eq(tokens.hash, hash), eq(tokens.kind, 'refresh')));
  if (found === undefined) throw new AppError('UNAUTHENTICATED');
  const jar = jarFor(ctx, found.transport);
  await ctx.rateLimits.take('refreshPerSession', found.sessionId);

  const outcome = await transact(ctx, async (tx) => {
    const now = ctx.clock.now();
    const [session] = await tx.orm.select().from(sessions).where(eq(sessions.id, found.sessionId)).for('update');
    // A later statement than the lock: a refresh that committed while we waited for it must be seen.
    const [token] = await tx.orm.select().from(tokens).where(eq(tokens.hash, hash));
    if (session === undefined || token === undefined) throw new AppError('UNAUTHENTICATED');
    if (session.revokedAt !== null) {
      throw new AppError(session.revokeReason === 'replaced' ? 'SESSION_REPLACED' : 'SESSION_REVOKED');
    }
    const expiresAt = expiryOf(ctx.settings, session.createdAt, now);
    // The third: the operator may have brought the end of all sessions nearer since.
    if (token.expiresAt.getTime() <= now || !isAlive(session, now) || expiresAt <= now) throw new AppError('UNAUTHENTICATED');
    const succeededForMs = successMs(token, now);
    if (succeededForMs > limits.refreshGraceMs && succeededForMs <= limits.refreshOnItsWayMs)
      throw new AppError('TOKEN_USED', { retryAfterMs: limits.refreshOnItsWayMs - succeededForMs + 1 });
    if (succeededForMs > limits.refreshOnItsWayMs) {
      await revokeSessions(tx, ctx.clock, session.userId, [session.id], 'reuse');
      await tellSessions(tx, session.userId);
      return { kind: 'reused' as const, session };
    }
    if (token.usedAt === null) await retireUnused(tx, session.id, token, now);
    const issued = await issueTokens(tx, ctx.clock, { id: session.id, expiresAt }, hash);
    const extended = await extendSession(tx, session, ctx.address, now, expiresAt);
    const [user] = await tx.orm.select().from(users).where(eq(users.id, session.userId));
    if (user === undefined) throw new AppError('UNAUTHENTICATED');
    return { kind: 'rotated' as const, issued, session: extended, user };
  });

  if (outcome.kind === 'reused') {
    // Thrown only now: the revocation had to be committed.
    ctx.log.warn({ userId: outcome.session.userId, sessionId: outcome.session.id }, 'a used refresh token came back');
    throw new AppError('SESSION_REVOKED');
  }
  await forgetExpiredTokens(ctx);
  const { issued, session, user } = outcome;
  return handOver(ctx, jar, issued, { user: myUserView(user), session: sessionView(session, session.id) });
}

/** How long a used token is remembered. A client that is always there uses a hundred a day. */
const rememberUsedMs = 14 * 24 * 3_600_000;

type TokenRow = typeof tokens.$inferSelect;

/** How long ago this refresh token was used up, when what came of that is in use; else 0. */
function successMs({ usedAt, succeededAt }: TokenRow, nowMs: number): number {
  return usedAt === null || succeededAt === null ? 0 : nowMs - usedAt.getTime();
}

/** Uses up every unused refresh token of the session. The siblings of the presented one, and its parent, have a successor by that. */
async function retireUnused(tx: Tx, sessionId: string, presented: TokenRow, nowMs: number): Promise<void> {
  const now = new Date(nowMs);
  const used = { usedAt: now, expiresAt: new Date(nowMs + rememberUsedMs) };
  await tx.orm.update(tokens).set(used).where(eq(tokens.hash, presented.hash));
  await tx.orm
    .update(tokens)
    .set({ ...used, succeededAt: now })
    .where(and(eq(tokens.sessionId, sessionId), eq(tokens.kind, 'refresh'), isNull(tokens.usedAt)));
  if (presented.parentHash !== null) await noteSuccess(tx.orm, presented.parentHash, now);
}

async function extendSession(
  tx: Tx,
  session: SessionRow,
  address: string,
  nowMs: number,
  expiresAtMs: number,
): Promise<SessionRow> {
  const moved = { address, lastSeenAt: new Date(nowMs), expiresAt: new Date(expiresAtMs) };
  await tx.orm.update(sessions).set(moved).where(eq(sessions.id, session.id));
  return { ...session, ...moved };
}

/** More than one refresh adds, so that the table shrinks to what lives. */
const forgottenPerRefresh = 50;

/** Deletes some expired tokens of anybody. Rows that another refresh is deleting are left to it, and so is all of it after an error. */
async function forgetExpiredTokens(ctx: RequestContext): Promise<void> {
  const expired = ctx.db.orm
    .select({ hash: tokens.hash })
    .from(tokens)
    .where(lte(tokens.expiresAt, new Date(ctx.clock.now())))
    .limit(forgottenPerRefresh)
    .for('update', { skipLocked: true });
  try {
    await ctx.db.orm.delete(tokens).where(inArray(tokens.hash, expired));
  } catch (error) {
    ctx.log.warn({ error }, 'could not delete expired tokens');
  }
}
