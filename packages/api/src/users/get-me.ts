import { schema } from '@nexo/db';
import { AppError, type MyUserView } from '@nexo/shared';
import { eq } from 'drizzle-orm';
import type { UserContext } from '../context.ts';
import { myUserView } from './user-view.ts';

/** The user who asks. */
export async function getMe(ctx: UserContext): Promise<MyUserView> {
  const { users } = schema;
  const [me] = await ctx.db.orm.select().from(users).where(eq(users.id, ctx.session.userId));
  if (me === undefined) throw new AppError('UNAUTHENTICATED');
  return myUserView(me);
}
