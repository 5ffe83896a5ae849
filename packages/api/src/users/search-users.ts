import { schema } from '@nexo/db';
import type { SearchUsersInput, UserView } from '@nexo/shared';
import { and, asc, desc, eq, inArray, ne, or, sql } from 'drizzle-orm';
import { unionAll } from 'drizzle-orm/pg-core';
import type { UserContext } from '../context.ts';
import { userView } from './user-view.ts';

const { users } = schema;

const defaultLimit = 20;
/** A search for one letter may match everybody: no more than this are put in order. */
const maxCandidates = 2_000;

/**
 * Users whose id, or any word of whose name, begins with the query, case-blind. The exact id first, then ids, then names; the one
 * who asks comes last. Throws RATE_LIMITED.
 */
export async function searchUsers(ctx: UserContext, input: SearchUsersInput): Promise<{ items: UserView[]; nextCursor: null }> {
  const { userId } = ctx.session;
  await ctx.rateLimits.take('searchPerUser', userId);

  const prefix = `${input.query.replace(/[\\%_]/g, '\\$&')}%`;
  // The very expression of the trigram index: the id comes first, and each word of the name after a space.
  const text = sql`lower(${users.id} || ' ' || ${users.displayName})`;
  const candidates = ctx.db.orm
    .select({ id: users.id })
    .from(users)
    .where(or(sql`${text} like lower(${prefix})`, sql`${text} like lower(${`% ${prefix}`})`))
    .limit(maxCandidates);
  const isExact = sql`lower(${users.id}) = lower(${input.query})`;
  // Always among the candidates, however many begin like it. As a union, so that both halves go by their index.
  const exact = ctx.db.orm.select({ id: users.id }).from(users).where(isExact);
  const rows = await ctx.db.orm
    .select()
    .from(users)
    .where(and(inArray(users.id, unionAll(exact, candidates)), ne(users.kind, 'system')))
    .orderBy(
      asc(eq(users.id, userId)),
      desc(isExact),
      desc(sql`lower(${users.id}) like lower(${prefix})`),
      sql`lower(${users.displayName})`,
      asc(users.id),
    )
    .limit(input.limit ?? defaultLimit);
  return { items: rows.map(userView), nextCursor: null };
}
