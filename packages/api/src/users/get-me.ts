import { schema } from '@nexo/db';
import { AppError, type UserView } from '@nexo/shared';
import { eq } from 'drizzle-orm';
import type { UserContext } from '../context.ts';
import { userView } from './user-view.ts';

/** The user who asks. */
export async function getMe(ctx: UserContext): Promise<UserView> {
  const { users } = schema;
  const [me] = await ctx.db.orm.select().from(users).where(eq(users.id, ctx.session.userId));
  if (me === undefined) throw new AppError('UNAUTHENTICATED');
  return userView(me);
}
