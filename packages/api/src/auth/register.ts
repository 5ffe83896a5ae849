import { schema } from '@nexo/db';
import { AppError, type AuthResult, type RegisterInput, systemUserId } from '@nexo/shared';
import { sql } from 'drizzle-orm';
import type { RequestContext } from '../context.ts';
import { addressKey } from '../rate-limits.ts';
import { transact } from '../transact.ts';
import { myUserView } from '../users/user-view.ts';
import { checkPasswordStrength } from './check-password-strength.ts';
import { handOver, jarFor } from './cookies.ts';
import { sessionView } from './session-rows.ts';
import { startSession } from './start-session.ts';

const { credentials, userHeads, users } = schema;

/** Makes an account and its first session. Throws FORBIDDEN when registration is closed, WEAK_PASSWORD, USER_ID_TAKEN. */
export async function register(ctx: RequestContext, input: RegisterInput): Promise<AuthResult> {
  const { userId, password, displayName, platform, deviceName, transport = 'token' } = input;
  const jar = jarFor(ctx, transport);
  if (!ctx.settings.registrationOpen) throw new AppError('FORBIDDEN', { message: 'Registration is closed' });
  await ctx.rateLimits.take('registerPerAddress', addressKey(ctx.address));
  checkPasswordStrength(password, userId, 'password');
  const taken = new AppError('USER_ID_TAKEN', { field: 'userId', message: 'This user id is taken' });
  // Before the costly hash; the unique index decides in the end.
  const [same] = await ctx.db.orm.select({ id: users.id }).from(users).where(sql`lower(${users.id}) = lower(${userId})`);
  if (same !== undefined || userId.toLowerCase() === systemUserId) throw taken;
  const passwordHash = await ctx.passwords.hash(password);

  return transact(ctx, async (tx) => {
    const now = new Date(ctx.clock.now());
    const [user] = await tx.orm
      .insert(users)
      .values({ id: userId, displayName, settings: ctx.settings.newAccounts, createdAt: now, updatedAt: now })
      .onConflictDoNothing()
      .returning();
    if (user === undefined) throw taken;
    await tx.orm.insert(credentials).values({ userId, passwordHash, updatedAt: now });
    await tx.orm.insert(userHeads).values({ userId });
    const { session, tokens } = await startSession(tx, ctx, userId, { platform, deviceName, transport, address: ctx.address });
    return { tokens, user: myUserView(user), session: sessionView(session, session.id) };
  }).then(({ tokens, ...rest }) => handOver(ctx, jar, tokens, rest));
}
