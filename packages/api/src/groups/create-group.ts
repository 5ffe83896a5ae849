import { schema } from '@nexo/db';
import { AppError, type ConversationView, type CreateGroupInput, groupConversationId, type NoticeContent } from '@nexo/shared';
import { refuseAdding } from '../contacts/refuse-adding.ts';
import type { UserContext } from '../context.ts';
import { readConversationViews } from '../conversations/conversation-views.ts';
import { tellJoined } from '../conversations/tell-joined.ts';
import { type Tx, transact } from '../transact.ts';
import { findUsers } from '../users/find-users.ts';
import { hidesNames } from './change-group.ts';
import { insertNotice } from './insert-notice.ts';
import { maxMembersOf } from './update-group.ts';

/**
 * Makes a group of the caller (its owner) and the named people. With a `clientGroupId` a retry answers the group that is there
 * already. Throws NOT_FOUND when one of them does not exist, GROUP_FULL when they are too many, NOT_REACHABLE when one of them does
 * not take it from the caller, BLOCKED_BY_YOU, RATE_LIMITED.
 */
export async function createGroup(ctx: UserContext, input: CreateGroupInput): Promise<ConversationView> {
  const me = ctx.session.userId;
  await ctx.rateLimits.take('createPerUser', me);
  const id = input.clientGroupId === undefined ? ctx.newId() : groupConversationId(me, input.clientGroupId);
  return transact(ctx, async (tx) => {
    // A retry gets what it made, whatever has become of the people since.
    const [made] = input.clientGroupId === undefined ? [] : await readConversationViews(tx.sql, me, { ids: [id] });
    if (made !== undefined) return made;
    const others = (await findUsers(tx.sql, input.memberIds)).filter((id) => id !== me);
    await refuseAdding(tx.sql, me, others);
    const maxMembers = maxMembersOf(ctx, input.size ?? 'normal');
    if (others.length + 1 > maxMembers) throw new AppError('GROUP_FULL', { field: 'memberIds' });
    const created = await insertGroup(ctx, tx, id, input, { maxMembers, owner: me, others });
    if (created) await tellJoined(tx, id, [me, ...others]);
    const [view] = await readConversationViews(tx.sql, me, { ids: [id] });
    if (view === undefined) throw new AppError('NOT_FOUND', { message: 'You have left this group' });
    return view;
  });
}

/** False when the group is there already. Everything in it begins with change 1, the notice that it was made. */
async function insertGroup(
  ctx: UserContext,
  tx: Tx,
  id: string,
  input: CreateGroupInput,
  { maxMembers, owner, others }: { maxMembers: number; owner: string; others: string[] },
): Promise<boolean> {
  const { conversations, groups, heads, members } = schema;
  const now = new Date(ctx.clock.now());
  const inserted = await tx.orm
    .insert(conversations)
    .values({ id, kind: 'group', createdAt: now })
    .onConflictDoNothing()
    .returning();
  if (inserted.length === 0) return false;
  const memberCount = others.length + 1;
  const { memberIds: _members, clientGroupId: _clientId, size: _size, introduction, ...given } = input;
  await tx.orm.insert(groups).values({
    ...given,
    // An empty text is none.
    introduction: introduction || null,
    ...{ conversationId: id, maxMembers, memberCount, createdBy: owner, createdAt: now, change: 1 },
  });
  await tx.orm.insert(members).values(
    [owner, ...others].map((userId) => ({
      conversationId: id,
      userId,
      role: userId === owner ? ('owner' as const) : ('member' as const),
      joinedAt: now,
      change: 1,
    })),
  );
  await tx.orm.insert(heads).values({ conversationId: id });
  const named = hidesNames({ membersVisibleTo: input.membersVisibleTo ?? 'everyone' }) ? [] : others;
  const content: NoticeContent = { type: 'notice', notice: 'group.created', actorId: owner, userIds: named };
  const head = { conversationId: id, seq: 0, change: 0, countable: 0 };
  await insertNotice(ctx, tx, head, content);
  await tx.moveHead(head);
  return true;
}
