import { schema } from '@nexo/db';
import { AppError } from '@nexo/shared';
import { eq } from 'drizzle-orm';
import type { UserContext } from '../context.ts';
import { countTry } from './count-try.ts';

const { credentials } = schema;

/**
 * Makes sure that whoever holds this session knows the password of the account too: asked before other sessions are ended. An account
 * without a password, which the customer's server lets in, is not asked. Counts as a login try, so that a stolen session cannot guess.
 * Throws PASSWORD_REQUIRED when none was given, WRONG_CREDENTIALS (field password), RATE_LIMITED.
 */
export async function confirmPassword(ctx: UserContext, password: string | undefined): Promise<void> {
  const { userId } = ctx.session;
  const [own] = await ctx.db.orm.select().from(credentials).where(eq(credentials.userId, userId));
  if (own === undefined) return;
  if (password === undefined) {
    throw new AppError('PASSWORD_REQUIRED', { field: 'password', message: 'Ask for the password, and call again with it' });
  }
  const attempt = await countTry(ctx, userId);
  if (!(await ctx.passwords.verify(own.passwordHash, password))) {
    await attempt.wrong();
    throw new AppError('WRONG_CREDENTIALS', { field: 'password', message: 'The password is wrong' });
  }
  await attempt.right();
}
