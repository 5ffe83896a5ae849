import { randomBytes } from 'node:crypto';
import type { Sql } from '@nexo/db';
import { AppError, type CreateLinkInput, type GroupIdInput, type GroupLink, limits, type RevokeLinkInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { readOnly } from '../read-only.ts';
import { msOf, timeOf } from '../sql-time.ts';
import { transact } from '../transact.ts';
import { accessGroup } from './access-group.ts';

interface LinkRow {
  code: string;
  conversation_id: string;
  created_by: string;
  created_at: number;
  expires_at: number | null;
  max_uses: number | null;
  uses: number;
  approval: boolean;
}

/** 128 bits: nobody guesses one. */
const codeBytes = 16;

/**
 * Makes a link by which people come into a group, for so long and so many of them. Throws NOT_FOUND, FORBIDDEN, GROUP_DISMISSED,
 * GROUP_FULL when the group has too many that are good, RATE_LIMITED.
 */
export async function createLink(ctx: UserContext, input: CreateLinkInput): Promise<GroupLink> {
  const { conversationId, expiresInMs, maxUses, approval = false } = input;
  const { userId } = ctx.session;
  await ctx.rateLimits.take('groupPerUser', userId);
  return transact(ctx, async (tx) => {
    await tx.lockHead(conversationId, userId);
    const now = ctx.clock.now();
    await accessGroup(tx.sql, userId, conversationId, 'manageLinks', now);
    const good = await readLinks(tx.sql, conversationId, now);
    if (good.length >= limits.groupLinksMax) {
      throw new AppError('GROUP_FULL', { message: 'Too many links are good: revoke some' });
    }
    const link: GroupLink = {
      ...{ code: randomBytes(codeBytes).toString('base64url'), conversationId, createdBy: userId, createdAt: now },
      ...(expiresInMs === undefined ? {} : { expiresAt: now + expiresInMs }),
      ...(maxUses === undefined ? {} : { maxUses }),
      ...{ uses: 0, approval },
    };
    await tx.sql`
      insert into group_links (code, conversation_id, created_by, created_at, expires_at, max_uses, approval)
      values (${link.code}, ${conversationId}, ${userId}, ${timeOf(tx.sql, now)},
        ${timeOf(tx.sql, link.expiresAt ?? null)}, ${maxUses ?? null}, ${approval})`;
    return link;
  });
}

/** The links of a group that are good now, the newest first; for who may make them. Throws NOT_FOUND, FORBIDDEN, GROUP_DISMISSED. */
export async function listLinks(ctx: UserContext, input: GroupIdInput): Promise<{ items: GroupLink[]; nextCursor: null }> {
  return readOnly(ctx, async (sql) => {
    const now = ctx.clock.now();
    await accessGroup(sql, ctx.session.userId, input.conversationId, 'manageLinks', now);
    return { items: await readLinks(sql, input.conversationId, now), nextCursor: null };
  });
}

/**
 * Makes a link worth nothing; repeating is harmless. Throws NOT_FOUND (group, or no such link of it), FORBIDDEN, GROUP_DISMISSED,
 * RATE_LIMITED.
 */
export async function revokeLink(ctx: UserContext, input: RevokeLinkInput): Promise<void> {
  await ctx.rateLimits.take('groupPerUser', ctx.session.userId);
  await transact(ctx, async (tx) => {
    await tx.lockHead(input.conversationId, ctx.session.userId);
    const now = ctx.clock.now();
    await accessGroup(tx.sql, ctx.session.userId, input.conversationId, 'manageLinks', now);
    const revoked = await tx.sql`
      update group_links set revoked_at = coalesce(revoked_at, ${timeOf(tx.sql, now)})
      where code = ${input.code} and conversation_id = ${input.conversationId} returning 1`;
    if (revoked.length === 0) throw new AppError('NOT_FOUND', { message: 'No such link', field: 'code' });
  });
}

/**
 * Counts that somebody came in by each of these links, under the lock of the group's head. Who applied while it was good may be let in
 * when it is used up; it never says more than it lets in.
 */
export async function countUses(sql: Sql, codes: readonly string[]): Promise<void> {
  await sql`
    update group_links l set uses = least(l.uses + t.count, l.max_uses)
    from (select code, count(*)::int as count from unnest(${codes as string[]}::text[]) as t (code) group by code) t
    where l.code = t.code`;
}

async function readLinks(sql: Sql, conversationId: string, now: number): Promise<GroupLink[]> {
  const rows = await sql<LinkRow[]>`
    select code, conversation_id, created_by, ${msOf(sql, sql`created_at`)} as created_at,
      ${msOf(sql, sql`expires_at`)} as expires_at, max_uses, uses, approval
    from group_links
    where conversation_id = ${conversationId} and revoked_at is null and (max_uses is null or uses < max_uses)
      and (expires_at is null or expires_at > ${timeOf(sql, now)})
    order by created_at desc, code limit ${limits.groupLinksMax}`;
  return rows.map((row) => ({
    ...{ code: row.code, conversationId: row.conversation_id, createdBy: row.created_by, createdAt: row.created_at },
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    ...(row.max_uses === null ? {} : { maxUses: row.max_uses }),
    ...{ uses: row.uses, approval: row.approval },
  }));
}
