import { schema } from '@nexo/db';
import { AppError, type AuthResult, type LoginInput } from '@nexo/shared';
import { eq, sql } from 'drizzle-orm';
import type { RequestContext } from '../context.ts';
import { addressKey } from '../rate-limits.ts';
import { transact } from '../transact.ts';
import { myUserView } from '../users/user-view.ts';
import { handOver, jarFor } from './cookies.ts';
import { countTry } from './count-try.ts';
import { endSession } from './end-session.ts';
import { sessionView } from './session-rows.ts';
import { startSession } from './start-session.ts';

const { credentials, users } = schema;

/**
 * Begins a session. The user id may be given in any case. Throws WRONG_CREDENTIALS, with the same answer after the same work
 * whether or not there is such a user; SUSPENDED; RATE_LIMITED by account and by address.
 */
export async function login(ctx: RequestContext, input: LoginInput): Promise<AuthResult> {
  const { userId, password, platform, deviceName, transport = 'token' } = input;
  const jar = jarFor(ctx, transport);
  await ctx.rateLimits.take('loginPerAddress', addressKey(ctx.address));
  const attempt = await countTry(ctx, userId);

  const [account] = await ctx.db.orm
    .select({ user: users, passwordHash: credentials.passwordHash })
    .from(users)
    .leftJoin(credentials, eq(credentials.userId, users.id))
    .where(sql`lower(${users.id}) = lower(${userId})`);
  const verifiedHash = account?.passwordHash ?? null;
  const right = await ctx.passwords.verify(verifiedHash, password);
  if (account === undefined || verifiedHash === null || !right) {
    await attempt.wrong();
    throw wrongCredentials();
  }
  await attempt.right();
  const newHash = ctx.passwords.isOutdated(verifiedHash) ? await ctx.passwords.hash(password) : null;

  const { user } = account;
  const { session, tokens } = await transact(ctx, async (tx) => {
    // The lock makes logins of one account take turns; a password changed since it was verified must not open a session.
    const [current] = await tx.orm.select().from(credentials).where(eq(credentials.userId, user.id)).for('update');
    if (current?.passwordHash !== verifiedHash) throw wrongCredentials();
    if (newHash !== null) {
      await tx.orm.update(credentials).set({ passwordHash: newHash }).where(eq(credentials.userId, user.id));
    }
    return startSession(tx, ctx, user.id, { platform, deviceName, transport, address: ctx.address });
  });

  // The new cookies take the place of the old ones: nobody could ever use or end that older session.
  if (jar !== null && ctx.session?.transport === 'cookie') await endSession(ctx, ctx.session, 'logout');
  return handOver(ctx, jar, tokens, { user: myUserView(user), session: sessionView(session, session.id) });
}

function wrongCredentials(): AppError {
  return new AppError('WRONG_CREDENTIALS', { message: 'User id or password is wrong' });
}
