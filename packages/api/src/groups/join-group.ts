import type { Sql } from '@nexo/db';
import { AppError, type ConversationView, type GroupPreview, type JoinGroupInput, type PreviewGroupInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { readConversationViews } from '../conversations/conversation-views.ts';
import { type GroupRow, groupColumns, groupRules } from '../conversations/group-view.ts';
import { timeOf } from '../sql-time.ts';
import { transact } from '../transact.ts';
import { addMembers } from './add-members.ts';
import { withChange } from './change-group.ts';
import { insertRequests } from './insert-request.ts';
import { countUses } from './links.ts';

export type JoinResult = { status: 'joined'; conversation: ConversationView } | { status: 'applied' };

/** A group as somebody finds it who stands before it. */
interface Door extends GroupRow {
  conversation_id: string;
  /** Null: never was a member. */
  left: boolean | null;
  applied: boolean;
  /** Of the link by which they came: null where they came by none. */
  link_approval: boolean | null;
}

/**
 * Joins a group, or applies to it, as its rules or the invitation link say; who is in it already just gets it. Repeating is harmless.
 * Throws NOT_FOUND for a group that is not open to others, as for one that does not exist, FORBIDDEN when one left such a group,
 * LINK_INVALID, GROUP_DISMISSED, GROUP_FULL, RATE_LIMITED.
 */
export async function joinGroup(ctx: UserContext, input: JoinGroupInput): Promise<JoinResult> {
  const { userId } = ctx.session;
  const { code } = input;
  await ctx.rateLimits.take('joinPerUser', userId);
  return transact(ctx, async (tx): Promise<JoinResult> => {
    const conversationId = await conversationOf(tx.sql, input);
    // Once without the lock: who is turned away holds nobody up.
    joiningOf(await readDoor(tx.sql, ctx, conversationId, code), code !== undefined);
    const head = await tx.lockHead(conversationId);
    const door = await readDoor(tx.sql, ctx, conversationId, code);
    const how = joiningOf(door, code !== undefined);
    if (how === 'applied') return { status: 'applied' };
    if (how !== 'member') {
      const actor = { userId, role: 'member' as const };
      const access = { conversationId, actor, group: door, rules: groupRules(door) };
      await withChange(ctx, tx, head, access, async (change) => {
        if (how === 'applies') await insertRequests(change, [userId], { message: input.message, linkCode: code });
        else {
          // Whoever applies has used it once they are let in.
          if (code !== undefined) await countUses(tx.sql, [code]);
          await addMembers(change, [userId], userId);
        }
      });
      if (how === 'applies') return { status: 'applied' };
    }
    const [conversation] = await readConversationViews(tx.sql, userId, { ids: [conversationId] });
    if (conversation === undefined) throw new AppError('INTERNAL');
    return { status: 'joined', conversation };
  });
}

/** What somebody sees of a group before they join it, and what joining would be. Refuses as {@link joinGroup} does. */
export async function previewGroup(ctx: UserContext, input: PreviewGroupInput): Promise<GroupPreview> {
  const { sql } = ctx.db;
  await ctx.rateLimits.take('joinPerUser', ctx.session.userId);
  const conversationId = await conversationOf(sql, input);
  const door = await readDoor(sql, ctx, conversationId, input.code);
  return {
    conversationId,
    name: door.name,
    ...(door.avatar_url === null ? {} : { avatarUrl: door.avatar_url }),
    ...(door.introduction === null ? {} : { introduction: door.introduction }),
    memberCount: door.member_count,
    joining: joiningOf(door, input.code !== undefined),
  };
}

async function conversationOf(sql: Sql, { conversationId, code }: PreviewGroupInput): Promise<string> {
  if ((conversationId === undefined) === (code === undefined)) {
    throw new AppError('INVALID_INPUT', { message: 'Name a conversationId or a code', field: 'conversationId' });
  }
  if (conversationId !== undefined) return conversationId;
  const [link] = await sql<{ id: string }[]>`select conversation_id as id from group_links where code = ${code ?? ''}`;
  if (link === undefined) throw linkInvalid();
  return link.id;
}

/** Throws LINK_INVALID for a code that is not good now, NOT_FOUND for what is no group. */
async function readDoor(sql: Sql, ctx: UserContext, conversationId: string, code: string | undefined): Promise<Door> {
  const [door] = await sql<(Door & { link_good: boolean | null })[]>`
    select g.conversation_id, ${groupColumns(sql)},
      case when m.user_id is null then null else m.left_at is not null end as left,
      coalesce(r.status = 'pending', false) as applied,
      l.approval as link_approval,
      l.revoked_at is null and (l.expires_at is null or l.expires_at > ${timeOf(sql, ctx.clock.now())})
        and (l.max_uses is null or l.uses < l.max_uses) as link_good
    from groups g
    left join members m on m.conversation_id = g.conversation_id and m.user_id = ${ctx.session.userId}
    left join group_requests r on r.conversation_id = g.conversation_id and r.user_id = ${ctx.session.userId}
    left join group_links l on l.conversation_id = g.conversation_id and l.code = ${code ?? null}
    where g.conversation_id = ${conversationId}`;
  if (door === undefined) throw new AppError('NOT_FOUND', { message: 'No such conversation' });
  const isIn = door.left === false;
  if (code !== undefined && !isIn && (door.link_approval === null || door.link_good !== true || door.dismissed_at !== null)) {
    throw linkInvalid();
  }
  return door;
}

function joiningOf(door: Door, byLink: boolean): GroupPreview['joining'] {
  if (door.left === false) return 'member';
  const { joinMode } = groupRules(door);
  if (!byLink && joinMode === 'invitation') {
    if (door.left === null) throw new AppError('NOT_FOUND', { message: 'No such conversation' });
    throw new AppError('FORBIDDEN', { message: 'Somebody has to add you again', reason: 'left' });
  }
  if (door.dismissed_at !== null)
    throw new AppError('GROUP_DISMISSED', { message: 'This group was dismissed', reason: 'dismissed' });
  const needsApproval = byLink ? door.link_approval === true : joinMode === 'approval';
  if (!needsApproval) return 'joins';
  return door.applied ? 'applied' : 'applies';
}

function linkInvalid(): AppError {
  return new AppError('LINK_INVALID', { message: 'This invitation link is not good any more' });
}
