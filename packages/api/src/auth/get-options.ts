import { schema } from '@nexo/db';
import type { AuthOptions } from '@nexo/shared';
import { eq } from 'drizzle-orm';
import type { RequestContext } from '../context.ts';

const { credentials } = schema;

/** How one gets in here, for the page on which that is asked; and for who is in, whether by an account of Nexo's own. */
export async function getOptions(ctx: RequestContext): Promise<AuthOptions> {
  const { registrationOpen } = ctx.settings;
  if (ctx.session === null) return { registrationOpen };
  const own = await ctx.db.orm
    .select({ userId: credentials.userId })
    .from(credentials)
    .where(eq(credentials.userId, ctx.session.userId));
  return { registrationOpen, ownAccount: own.length > 0 };
}
