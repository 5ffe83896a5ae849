import { limits, type MyMembership } from '@nexo/shared';
import type { ToldEvent } from '../bus.ts';
import type { Services } from '../context.ts';
import { disappearingOf } from '../conversations/conversation-views.ts';
import { type GroupRow, groupColumns, groupView } from '../conversations/group-view.ts';
import { type MessageRow, messageColumns, messageForAll, replyJoin } from '../conversations/message-view.ts';
import { parseRanges } from '../conversations/my-membership.ts';
import { type MemberRow, memberColumns, memberView } from '../groups/member-views.ts';
import { readOnly } from '../read-only.ts';
import { showsReading } from '../users/shows-reading.ts';
import { changedMessages } from './changed-messages.ts';

/** Where everything of a user stands that their sessions are to hear of. */
export interface UserCursors {
  userChange: number;
  /** They hide what they have read, and so do not see it of others. */
  hidesReading?: boolean;
  /** Conversations they are a member of now. */
  conversations: { id: string; change: number; visible?: MyMembership['visible'] }[];
}

/** For the gateway when a session connects: in one statement, so of one moment. */
export async function listCursors(services: Pick<Services, 'db'>, userId: string): Promise<UserCursors> {
  const { sql } = services.db;
  const rows = await sql<{ user_change: number; hides: boolean; id: string | null; change: number | null; visible: string }[]>`
    select coalesce(u.change, 0) as user_change, not ${showsReading(sql, 'p')} as hides, h.conversation_id as id, h.change,
      m.visible::text as visible
    from (select ${userId}::text as user_id) one
    left join user_heads u on u.user_id = one.user_id
    left join users p on p.id = one.user_id
    left join members m on m.user_id = one.user_id and m.left_at is null
    left join heads h on h.conversation_id = m.conversation_id`;
  const conversations = rows.flatMap(({ id, change, visible }) =>
    id === null || change === null ? [] : [{ id, change, visible: parseRanges(visible) }],
  );
  return { userChange: rows[0]?.user_change ?? 0, ...(rows[0]?.hides ? { hidesReading: true } : {}), conversations };
}

/** Rows that one call reads at most: the newest. A client that lacks older ones sees the hole and asks for itself. */
const eventsMax = limits.changesMax;

/**
 * What changed in a conversation above `since`, told as events, ascending; for a node that missed them on the bus. A row that
 * changed twice is told once, as it is now, so numbers may be skipped.
 */
export async function readEvents(
  services: Pick<Services, 'db'>,
  conversationId: string,
  since: number,
): Promise<{ head: number; events: ToldEvent[] }> {
  return readOnly(services, async (sql) => {
    const [[head], messages, members, [group], [settings]] = await Promise.all([
      sql<{ change: number }[]>`select change from heads where conversation_id = ${conversationId}`,
      sql<MessageRow[]>`
        select ${messageColumns(sql)} from heads h
        cross join lateral ${changedMessages(sql, {
          conversationId: sql`h.conversation_id`,
          since: sql`greatest(${since}::bigint, h.change - ${eventsMax}::int)`,
          upTo: sql`h.change`,
          seq: sql`h.seq`,
        })} msg
        ${replyJoin(sql)}
        where h.conversation_id = ${conversationId}
        order by msg.last_change desc limit ${eventsMax}`,
      sql<(MemberRow & { change: number; left: boolean })[]>`
        select m.change, m.left_at is not null as left, ${memberColumns(sql)} from members m
        where m.conversation_id = ${conversationId} and m.change > ${since} and m.change > 0
        order by m.change desc limit ${eventsMax}`,
      sql<(GroupRow & { change: number })[]>`
        select g.change, ${groupColumns(sql)} from groups g
        where g.conversation_id = ${conversationId}`,
      sql<(Parameters<typeof disappearingOf>[0] & { change: number })[]>`
        select c.change, c.disappears_after_read_ms, c.disappears_after_sent_ms from conversations c
        where c.id = ${conversationId} and c.change > ${since}`,
    ]);
    const memberCount = group?.member_count ?? members.length;
    const concealed = group?.members_visible_to === 'admins' ? { concealed: true as const } : {};
    const events: ToldEvent[] = [
      ...messages.map((row) => ({
        type: row.content.type === 'expired' ? ('message.expired' as const) : ('message.sent' as const),
        conversationId,
        change: row.last_change,
        message: messageForAll(row),
      })),
      ...members.map((row): ToldEvent => {
        const { change } = row;
        if (row.left) return { type: 'member.left', conversationId, change, userId: row.user_id, memberCount, ...concealed };
        const member = memberView(row);
        // The notice of a joining has the change behind it; whatever touched the row later is no joining.
        return noticeOfJoining(messages, row.user_id) > change
          ? { type: 'member.joined', conversationId, change, member, memberCount, ...concealed }
          : { type: 'member.updated', conversationId, change, member, ...concealed };
      }),
    ];
    const groupTold = group === undefined || group.change <= since || events.some((event) => event.change === group.change);
    if (!groupTold) {
      // Nothing touches the row of a group after its dismissal.
      const type = group.dismissed_at === null ? ('group.updated' as const) : ('group.dismissed' as const);
      events.push({ type, conversationId, change: group.change, group: groupView(group) });
    }
    if (settings !== undefined) {
      const disappearing = disappearingOf(settings);
      events.push({ type: 'conversation.updated', conversationId, change: settings.change, disappearing });
    }
    return { head: head?.change ?? since, events: events.sort((a, b) => a.change - b.change) };
  });
}

/** The change of the latest notice that says of this user that they have joined; 0: none does. */
function noticeOfJoining(messages: readonly MessageRow[], userId: string): number {
  let change = 0;
  for (const { content, last_change } of messages) {
    if (content.type !== 'notice' || content.notice !== 'member.joined' || !content.userIds.includes(userId)) continue;
    change = Math.max(change, last_change);
  }
  return change;
}
