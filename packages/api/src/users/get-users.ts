import { schema } from '@nexo/db';
import type { GetUsersInput, UserView } from '@nexo/shared';
import { asc, inArray } from 'drizzle-orm';
import type { UserContext } from '../context.ts';
import { userView } from './user-view.ts';

/** Those of the named users that exist, by id. Ids are meant exactly, in their case too. */
export async function getUsers(ctx: UserContext, input: GetUsersInput): Promise<{ items: UserView[]; nextCursor: null }> {
  const { users } = schema;
  const rows = await ctx.db.orm.select().from(users).where(inArray(users.id, input.userIds)).orderBy(asc(users.id));
  return { items: rows.map(userView), nextCursor: null };
}
