import type { Sql } from '@nexo/db';
import {
  AppError,
  can,
  type ErrorCode,
  type GroupAction,
  type GroupActor,
  type GroupRules,
  type GroupTarget,
  limits,
  type Reason,
  type Role,
  reasonWords,
  type Verdict,
} from '@nexo/shared';
import { type GroupRow, groupColumns, groupRules } from '../conversations/group-view.ts';
import { namedMembers } from '../conversations/named-members.ts';
import { msOf } from '../sql-time.ts';

/** A group together with the right to do something in it. */
export interface GroupAccess {
  conversationId: string;
  actor: GroupActor;
  group: GroupRow;
  rules: GroupRules;
}

interface ActorRow extends GroupRow {
  role: Role;
  left: boolean;
  muted_until: number | null;
  is_group: boolean;
}

/**
 * The one road from a request to a group that is to be changed. Throws NOT_FOUND for who never was a member, exactly as if there
 * were no such conversation; FORBIDDEN, MUTED or GROUP_DISMISSED, with the reason, for who may not do this. Call it after the head
 * is locked: then nobody can lose the right before the commit.
 */
export async function accessGroup(
  sql: Sql,
  userId: string,
  conversationId: string,
  action: GroupAction,
  now: number,
): Promise<GroupAccess> {
  const [row] = await sql<ActorRow[]>`
    select m.role, m.left_at is not null as left, ${msOf(sql, sql`m.muted_until`)} as muted_until,
      g.conversation_id is not null as is_group, ${groupColumns(sql)}
    from members m left join groups g on g.conversation_id = m.conversation_id
    where m.conversation_id = ${conversationId} and m.user_id = ${userId}`;
  if (row === undefined) throw new AppError('NOT_FOUND', { message: 'No such conversation' });
  if (!row.is_group) throw new AppError('FORBIDDEN', { message: 'This is no group' });
  const actor = { userId, role: row.role, left: row.left, mutedUntil: row.muted_until ?? undefined };
  const access = { conversationId, actor, group: row, rules: groupRules(row) };
  demand(action, access, now);
  return access;
}

/** Throws when the actor may not do this, or not to this target. */
export function demand(action: GroupAction, access: GroupAccess, now: number, target?: GroupTarget): void {
  const { actor, rules, group } = access;
  const refused = refusalBy(can(action, { actor, rules, dismissed: group.dismissed_at !== null, target, now }));
  if (refused !== null) throw refused;
}

/** Throws GROUP_FULL, about this field of the input, when the group can have no further admin. Its owner counts as one. */
export async function demandPlaceForAdmin(sql: Sql, conversationId: string, field: string): Promise<void> {
  const [managers] = await sql<{ count: number }[]>`
    select count(*)::int as count from members
    where conversation_id = ${conversationId} and left_at is null and role <> 'member'`;
  if ((managers?.count ?? 0) >= limits.groupAdminsMax) {
    throw new AppError('GROUP_FULL', { message: 'This group has as many admins as it may have', field });
  }
}

const codes: Partial<Record<Reason, ErrorCode>> = { dismissed: 'GROUP_DISMISSED', muted: 'MUTED', mutedAll: 'MUTED' };

/** The refusal that a verdict is; null when it allows. */
export function refusalBy(verdict: Verdict): AppError | null {
  if (verdict.allowed) return null;
  const { reason, until } = verdict;
  return new AppError(codes[reason] ?? 'FORBIDDEN', {
    message: reasonWords[reason],
    reason,
    ...(until === undefined ? {} : { until }),
  });
}

/** Present members by these ids, in no order. */
export async function readTargets(sql: Sql, conversationId: string, userIds: readonly string[]): Promise<GroupTarget[]> {
  const rows = await sql<{ user_id: string; role: Role }[]>`
    select m.user_id, m.role from ${namedMembers(sql, conversationId, userIds)} where m.left_at is null`;
  return rows.map((row) => ({ userId: row.user_id, role: row.role }));
}

/** One present member. NOT_FOUND when there is none of this id. */
export async function readTarget(sql: Sql, conversationId: string, userId: string): Promise<GroupTarget> {
  const [target] = await readTargets(sql, conversationId, [userId]);
  if (target === undefined) throw new AppError('NOT_FOUND', { message: 'No such member', field: 'userId' });
  return target;
}
