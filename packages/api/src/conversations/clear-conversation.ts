import { AppError, type ClearInput, type MyMembership } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { type Tx, transact } from '../transact.ts';
import { type Access, accessConversation } from './access.ts';
import { readConversationViews, seenHeadSeq } from './conversation-views.ts';
import { moveReadPosition, othersHear } from './mark-read.ts';
import { startClocksAfterReading } from './start-clocks.ts';
import { tellMyself } from './tell-myself.ts';

/**
 * Takes away what was said up to `upToSeq`, for the caller alone and on all their devices. It counts as read, so that what is
 * unread stays exact; what is said later stays. Nobody else loses anything. Throws NOT_FOUND, RATE_LIMITED.
 */
export async function clearConversation(ctx: UserContext, input: ClearInput): Promise<MyMembership> {
  return clearUpTo(ctx, input, async () => false);
}

/**
 * Clears a conversation and takes it out of the caller's lists, with its pin, its draft and its mark. It comes back with the next
 * message, and with that alone. Throws NOT_FOUND, RATE_LIMITED.
 */
export async function removeConversation(ctx: UserContext, input: ClearInput): Promise<MyMembership> {
  return clearUpTo(ctx, input, async (tx, { conversationId, userId }, upTo) => {
    const rows = await tx.sql`
      update members set
        hidden_seq = ${upTo}, pinned_at = null, pin_place = null, draft = null,
        draft_version = draft_version + (draft is not null)::int
      where conversation_id = ${conversationId} and user_id = ${userId}
        and (hidden_seq is distinct from ${upTo} or pinned_at is not null or draft is not null)
      returning 1`;
    return rows.length > 0;
  });
}

async function clearUpTo(
  ctx: UserContext,
  input: ClearInput,
  andThen: (tx: Tx, access: Access, upTo: number) => Promise<boolean>,
): Promise<MyMembership> {
  const { userId } = ctx.session;
  await ctx.rateLimits.take('settlePerUser', userId);
  let hasRead = false;
  const mine = await transact(ctx, async (tx) => {
    const access = await accessConversation(tx.sql, userId, input.conversationId, 'read');
    const { conversationId } = access;
    const upTo = Math.min(input.upToSeq ?? Number.MAX_SAFE_INTEGER, await seenHead(tx, access));
    // First, while there is still something to see up to there.
    const moved = await moveReadPosition(tx.sql, access, upTo);
    hasRead = moved !== null && access.kind === 'direct';
    const cut = await cutVisible(tx, access, upTo);
    const more = await andThen(tx, access, upTo);
    if (moved === null && !cut && !more) {
      const [view] = await readConversationViews(tx.sql, userId, { ids: [conversationId] });
      if (view === undefined) throw new AppError('NOT_FOUND', { message: 'No such conversation' });
      return view.me;
    }
    const me = await tellMyself(tx, conversationId, userId);
    if (moved?.isShown && (await othersHear(tx.sql, access))) {
      tx.tell({ kind: 'read', event: { type: 'conversation.read', conversationId, userId, readSeq: moved.readSeq } });
    }
    return me;
  });
  if (hasRead) await startClocksAfterReading(ctx, input.conversationId);
  return mine;
}

async function seenHead(tx: Tx, { conversationId, userId }: Access): Promise<number> {
  const [row] = await tx.sql<{ seq: number }[]>`
    select ${seenHeadSeq(tx.sql)} as seq from members m join heads h on h.conversation_id = m.conversation_id
    where m.conversation_id = ${conversationId} and m.user_id = ${userId}`;
  return row?.seq ?? 0;
}

/** Cuts what may be read from below, and keeps when that was last active. False when nothing up to there is visible anyway. */
async function cutVisible(tx: Tx, { conversationId, userId }: Access, upTo: number): Promise<boolean> {
  const rows = await tx.sql`
    update members m set
      cleared_at = greatest(m.cleared_at, (
        select msg.created_at from messages msg
        where msg.conversation_id = m.conversation_id and msg.seq <= ${upTo} and m.visible @> msg.seq
        order by msg.seq desc limit 1)),
      cleared = coalesce(m.cleared, '{}') + m.visible * int8multirange(int8range(1, ${upTo + 1})),
      visible = m.visible * int8multirange(int8range(${upTo + 1}, null)),
      marked_unread_seq = null, marked_read_seq = null
    where m.conversation_id = ${conversationId} and m.user_id = ${userId}
      and m.visible && int8multirange(int8range(1, ${upTo + 1}))
    returning 1`;
  return rows.length > 0;
}
