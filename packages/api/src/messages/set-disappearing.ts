import { AppError, type Disappearing, reasonWords, type SetDisappearingInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { type Access, accessConversation } from '../conversations/access.ts';
import { disappearingOf } from '../conversations/conversation-views.ts';
import { insertNotice } from '../groups/insert-notice.ts';
import { type Tx, transact } from '../transact.ts';
import { readStanding } from './read-standing.ts';

/**
 * Sets how messages of a conversation disappear that are sent from now on, and has the conversation say so. Either side of a
 * direct conversation may; in a group its owner and admins. Answers how it is now. Throws NOT_FOUND, FORBIDDEN,
 * NOT_REACHABLE, CONTACTS_ONLY, BLOCKED_BY_YOU, GROUP_DISMISSED, RATE_LIMITED, and INVALID_INPUT for a time after reading outside of
 * direct conversations.
 */
export async function setDisappearing(ctx: UserContext, input: SetDisappearingInput): Promise<Disappearing> {
  const { userId } = ctx.session;
  const { conversationId } = input;
  await ctx.rateLimits.take('updatePerUser', userId);
  return transact(ctx, async (tx) => {
    const head = await tx.lockHead(conversationId, userId);
    const access = await accessConversation(tx.sql, userId, conversationId, 'send');
    checkRight(access, input);
    const standing = await readStanding(tx.sql, conversationId, userId);
    if (standing?.dismissed === true)
      throw new AppError('GROUP_DISMISSED', { message: reasonWords.dismissed, reason: 'dismissed' });
    const before = await readDisappearing(tx, conversationId);
    const next = { ...withTime(before, 'afterReadMs', input.afterReadMs), ...withTime(before, 'afterSentMs', input.afterSentMs) };
    if (before.afterReadMs === next.afterReadMs && before.afterSentMs === next.afterSentMs) return next;
    const from = head.change + 1;
    head.change += 1;
    const change = head.change;
    await tx.sql`
      update conversations set disappears_after_read_ms = ${next.afterReadMs ?? null},
        disappears_after_sent_ms = ${next.afterSentMs ?? null}, change = ${change}
      where id = ${conversationId}`;
    const notice = await insertNotice(ctx, tx, head, {
      ...{ type: 'notice', notice: 'disappearing.changed', actorId: userId, userIds: [], disappearing: next },
    });
    await tx.moveHead(head);
    const updated = { type: 'conversation.updated' as const, conversationId, change, disappearing: next };
    tx.tell({ kind: 'conversation', conversationId, from, to: head.change, events: [updated, notice] });
    return next;
  });
}

function checkRight({ kind, role }: Access, { afterReadMs }: SetDisappearingInput): void {
  if (kind === 'system' || (kind === 'group' && role === 'member')) {
    throw new AppError('FORBIDDEN', { message: 'Only owners and admins may set this' });
  }
  if (kind !== 'direct' && typeof afterReadMs === 'number') {
    throw new AppError('INVALID_INPUT', { message: 'Only direct conversations have a private mode', field: 'afterReadMs' });
  }
}

async function readDisappearing(tx: Tx, conversationId: string): Promise<Disappearing> {
  const [row] = await tx.sql<Parameters<typeof disappearingOf>[0][]>`
    select disappears_after_read_ms, disappears_after_sent_ms from conversations where id = ${conversationId}`;
  if (row === undefined) throw new AppError('NOT_FOUND', { message: 'No such conversation' });
  return disappearingOf(row);
}

/** One of the times: as asked for, ended by null, or as it was. */
function withTime(before: Disappearing, name: keyof Disappearing, asked: number | null | undefined): Disappearing {
  const ms = asked === undefined ? before[name] : (asked ?? undefined);
  return ms === undefined ? {} : { [name]: ms };
}
