import type { Sql } from '@nexo/db';
import { can, defaultGroupRules, type GroupRules, type ListMembersInput, limits, type MemberView } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { type Access, accessConversation } from '../conversations/access.ts';
import { planByValues, readOnly } from '../read-only.ts';
import { showsReading } from '../users/shows-reading.ts';
import { refusalBy } from './access-group.ts';
import { type MemberRow, memberColumns, memberView } from './member-views.ts';
import { idsCalled, membersCalled } from './members-called.ts';

export interface MemberPage {
  items: MemberView[];
  /** Null at the end. */
  nextCursor: string | null;
}

/**
 * The present members of a conversation, by user id; with a query those who are called so. For members only: FORBIDDEN for who has left
 * and where a group shows them to admins only, NOT_FOUND for a stranger. The members of a dismissed group are those that it had. A search
 * throws RATE_LIMITED.
 */
export async function listMembers(ctx: UserContext, input: ListMembersInput): Promise<MemberPage> {
  const limit = input.limit ?? limits.pageDefault;
  if (input.query !== undefined) await ctx.rateLimits.take('searchPerUser', ctx.session.userId);
  return readOnly(ctx, async (sql) => {
    const access = await accessConversation(sql, ctx.session.userId, input.conversationId, 'present');
    if (access.kind === 'group') await demandSight(sql, access);
    const { query } = input;
    if (query !== undefined) await planByValues(sql);
    const called = query === undefined ? null : await idsCalled(sql, query);
    const rows = await sql<(MemberRow & { read_seq: number | null })[]>`
      select ${memberColumns(sql)}, ${shownReadSeq(sql)} as read_seq
      from ${query === undefined ? sql`members m` : membersCalled(sql, access, query, called)}
      where m.conversation_id = ${access.conversationId} and m.left_at is null and m.user_id > ${input.cursor ?? ''}
        ${input.userIds === undefined ? sql`` : sql`and m.user_id = any(${input.userIds}::text[])`}
      order by m.user_id limit ${limit + 1}`;
    const mine = await sql`select 1 from users u where u.id = ${access.userId} and ${showsReading(sql, 'u')}`;
    const items = rows.slice(0, limit).map(({ read_seq: readSeq, ...row }) => ({
      ...memberView(row),
      // Who hides what they have read does not see it of others.
      ...(readSeq === null || mine.length === 0 ? {} : { readSeq }),
    }));
    return { items, nextCursor: rows.length > limit ? (items.at(-1)?.userId ?? null) : null };
  });
}

/** How far member `m` has read; null of who hides it. */
function shownReadSeq(sql: Sql) {
  return sql`(select coalesce(m.shown_read_seq, m.read_seq) where not exists (
    select from users reader where reader.id = m.user_id and not ${showsReading(sql, 'reader')}))`;
}

async function demandSight(sql: Sql, { conversationId, userId, role }: Access): Promise<void> {
  const [group] = await sql<{ membersVisibleTo: GroupRules['membersVisibleTo'] }[]>`
    select members_visible_to as "membersVisibleTo" from groups where conversation_id = ${conversationId}`;
  const rules = { ...defaultGroupRules, ...group };
  const refused = refusalBy(can('seeMembers', { actor: { userId, role }, rules, now: 0 }));
  if (refused !== null) throw refused;
}
