import type { Sql } from '@nexo/db';
import { type ConversationView, limits, type UpdateGroupInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { getConversation } from '../conversations/get-conversation.ts';
import { demand, type GroupAccess } from './access-group.ts';
import { changeGroup } from './change-group.ts';
import { changeProfile } from './change-profile.ts';

type Field = Exclude<keyof UpdateGroupInput, 'conversationId' | 'size'>;

const columns = {
  name: 'name',
  avatarUrl: 'avatar_url',
  introduction: 'introduction',
  announcement: 'announcement',
  fields: 'fields',
  joinMode: 'join_mode',
  invitations: 'invitations',
  membersVisibleTo: 'members_visible_to',
  contactsBy: 'contacts_by',
  mentionAllBy: 'mention_all_by',
  historyForNewcomers: 'history_for_newcomers',
} as const satisfies Record<Field, string>;

const profileFields: ReadonlySet<string> = new Set(['name', 'avatarUrl', 'introduction', 'announcement', 'fields']);

/**
 * Changes profile and rules of a group, and says so in its timeline. What is the same already changes nothing. Answers how it is now.
 * Throws NOT_FOUND, FORBIDDEN, GROUP_DISMISSED, RATE_LIMITED.
 */
export async function updateGroup(ctx: UserContext, input: UpdateGroupInput): Promise<ConversationView> {
  const { conversationId, size, ...given } = input;
  await ctx.rateLimits.take('groupPerUser', ctx.session.userId);
  const isAboutProfile = Object.keys(given).every((field) => profileFields.has(field)) && size === undefined;
  await changeGroup(ctx, conversationId, isAboutProfile ? 'editProfile' : 'editRules', async (change) => {
    if (size !== undefined) demand('resize', change, ctx.clock.now());
    const fields = changedFields(change, given);
    const most = size === undefined ? 0 : maxMembersOf(ctx, size);
    const grows = most > change.group.max_members;
    if (fields.length === 0 && !grows) return;
    await changeProfile(change, (sql) => {
      const parts = fields.map((field) => assignment(sql, field, given));
      if (grows) parts.push(sql`max_members = ${most}`);
      return parts.reduce((all, part) => sql`${all}, ${part}`);
    });
    if (fields.includes('name')) await change.say({ notice: 'group.renamed', userIds: [], name: given.name ?? '' });
    if (fields.includes('announcement') && given.announcement != null) {
      await change.say({ notice: 'group.announced', userIds: [], text: given.announcement });
    }
    const rest = [...fields.filter((field) => field !== 'name' && field !== 'announcement'), ...(grows ? ['size'] : [])];
    if (rest.length > 0) await change.say({ notice: 'group.updated', userIds: [], changed: rest });
  });
  return getConversation(ctx, { conversationId });
}

/** How many a group of this size takes, by the operator's settings. */
export function maxMembersOf(ctx: Pick<UserContext, 'settings'>, size: 'normal' | 'large'): number {
  const { normal, large } = ctx.settings.groupMaxMembers ?? {
    normal: limits.groupMaxMembers,
    large: limits.groupLargeMaxMembers,
  };
  return size === 'large' ? large : normal;
}

function changedFields(access: GroupAccess, given: Partial<UpdateGroupInput>): Field[] {
  return (Object.keys(columns) as Field[]).filter((field) => {
    const wanted = given[field];
    if (wanted === undefined) return false;
    const known = access.group[columns[field]];
    if (field === 'fields') return stable(wanted) !== stable(known);
    // An empty text is none.
    return (wanted === '' ? null : wanted) !== known;
  });
}

function stable(fields: unknown): string {
  return JSON.stringify(Object.entries(fields ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function assignment(sql: Sql, field: Field, given: Partial<UpdateGroupInput>) {
  const column = sql(columns[field]);
  if (field === 'fields') return sql`${column} = ${JSON.stringify(given.fields ?? {})}::text::jsonb`;
  const value = given[field];
  return sql`${column} = ${value === '' || value === undefined ? null : (value as string | null)}`;
}
