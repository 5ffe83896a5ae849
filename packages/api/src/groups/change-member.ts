import type { Role } from '@nexo/shared';
import { timeOf } from '../sql-time.ts';
import type { GroupChange } from './change-group.ts';
import { type MemberRow, memberColumns, memberView } from './member-views.ts';

/** What of a member row a verb changes. */
export interface MemberPatch {
  role?: Role;
  nickname?: string | null;
  /** Epoch milliseconds; null: not muted. */
  mutedUntil?: number | null;
}

/**
 * Changes a present member with a change of its own. Themselves hear of it privately too where the event does not say whom it is
 * about, and where another role sees other things.
 */
export async function changeMember(change: GroupChange, userId: string, patch: MemberPatch): Promise<void> {
  const { tx, head, conversationId, rules } = change;
  head.change += 1;
  const { sql } = tx;
  const [row] = await sql<(MemberRow & { sees_more: boolean })[]>`
    update members m set change = ${head.change}
      ${patch.role === undefined ? sql`` : sql`, role = ${patch.role}`}
      ${patch.nickname === undefined ? sql`` : sql`, nickname = ${patch.nickname}`}
      ${patch.mutedUntil === undefined ? sql`` : sql`, muted_until = ${timeOf(sql, patch.mutedUntil)}`}
    where m.conversation_id = ${conversationId} and m.user_id = ${userId}
    returning ${memberColumns(sql)}, m.role <> 'member' and exists (
      select from group_requests r where r.conversation_id = m.conversation_id and r.status = 'pending') as sees_more`;
  if (row === undefined) return;
  change.tell({ type: 'member.updated', conversationId, change: head.change, member: memberView(row) });
  if (rules.membersVisibleTo === 'admins' || (patch.role !== undefined && row.sees_more)) change.privately({ updated: [userId] });
}
