import type { Sql } from '@nexo/db';
import type { GroupRules, GroupView } from '@nexo/shared';
import { msOf } from '../sql-time.ts';

/** What a group's members see of its row. */
export interface GroupRow {
  name: string;
  avatar_url: string | null;
  introduction: string | null;
  announcement: string | null;
  fields: Record<string, string>;
  member_count: number;
  max_members: number;
  join_mode: GroupRules['joinMode'];
  invitations: GroupRules['invitations'];
  members_visible_to: GroupRules['membersVisibleTo'];
  contacts_by: GroupRules['contactsBy'];
  mention_all_by: GroupRules['mentionAllBy'];
  history_for_newcomers: GroupRules['historyForNewcomers'];
  muted_all: boolean;
  /** Epoch milliseconds. */
  dismissed_at: number | null;
}

/** What {@link groupView} needs of a group row `g`. */
export function groupColumns(sql: Sql) {
  return sql`
    g.name, g.avatar_url, g.introduction, g.announcement, g.fields, g.member_count, g.max_members, g.join_mode, g.invitations,
    g.members_visible_to, g.contacts_by, g.mention_all_by, g.history_for_newcomers, g.muted_all,
    ${msOf(sql, sql`g.dismissed_at`)} as dismissed_at`;
}

/** A group's profile and rules from its row, as its members see them. */
export function groupView(row: GroupRow): GroupView {
  return {
    name: row.name,
    ...(row.avatar_url === null ? {} : { avatarUrl: row.avatar_url }),
    ...(row.introduction === null ? {} : { introduction: row.introduction }),
    ...(row.announcement === null ? {} : { announcement: row.announcement }),
    ...(Object.keys(row.fields).length === 0 ? {} : { fields: row.fields }),
    memberCount: row.member_count,
    maxMembers: row.max_members,
    rules: groupRules(row),
    ...(row.dismissed_at === null ? {} : { dismissedAt: row.dismissed_at }),
  };
}

/** What a group allows, from its row. */
export function groupRules(row: GroupRow): GroupRules {
  return {
    joinMode: row.join_mode,
    invitations: row.invitations,
    membersVisibleTo: row.members_visible_to,
    contactsBy: row.contacts_by,
    mentionAllBy: row.mention_all_by,
    historyForNewcomers: row.history_for_newcomers,
    mutedAll: row.muted_all,
  };
}
