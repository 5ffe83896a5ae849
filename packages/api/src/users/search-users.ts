import { schema } from '@nexo/db';
import type { SearchUsersInput, UserView } from '@nexo/shared';
import { and, asc, desc, eq, inArray, ne, or, sql } from 'drizzle-orm';
import { unionAll } from 'drizzle-orm/pg-core';
import type { UserContext } from '../context.ts';
import { namePatterns } from './name-patterns.ts';
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

  const { first, later } = namePatterns(input.query);
  // The very expression of the trigram index: the id comes first, and each word of the name after a space.
  const text = sql`lower(${users.id} || ' ' || ${users.displayName})`;
  const rows = await ctx.db.orm.transaction(async (orm) => {
    // As `planByValues` does.
    await orm.execute(sql`set local plan_cache_mode = force_custom_plan`);
    const candidates = orm
      .select({ id: users.id })
      .from(users)
      .where(or(sql`${text} like lower(${first})`, sql`${text} like lower(${later})`))
      .limit(maxCandidates);
    const isExact = sql`lower(${users.id}) = lower(${input.query})`;
    // Always among the candidates, however many begin like it. As a union, so that both halves go by their index.
    const exact = orm.select({ id: users.id }).from(users).where(isExact);
    return orm
      .select()
      .from(users)
      .where(and(inArray(users.id, unionAll(exact, candidates)), ne(users.kind, 'system')))
      .orderBy(
        asc(eq(users.id, userId)),
        desc(isExact),
        desc(sql`lower(${users.id}) like lower(${first})`),
        sql`lower(${users.displayName})`,
        asc(users.id),
      )
      .limit(input.limit ?? defaultLimit);
  });
  return { items: rows.map(userView), nextCursor: null };
}
