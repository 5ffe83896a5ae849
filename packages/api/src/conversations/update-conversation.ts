import { AppError, type UpdateConversationInput, type UpdateConversationResult } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { timeOf } from '../sql-time.ts';
import { type Tx, transact } from '../transact.ts';
import { accessConversation } from './access.ts';
import { readConversationViews, seenHeadSeq } from './conversation-views.ts';
import type { Side } from './own-settings.ts';
import { setDraft } from './set-draft.ts';
import { lockPinned, setPin } from './set-pin.ts';
import { tellMyself } from './tell-myself.ts';

/**
 * Changes what the caller alone settles about a conversation, also about one they have left, and tells all their sessions. Setting
 * what is set already changes nothing. Throws NOT_FOUND, PINS_FULL, MESSAGE_TOO_LARGE (a draft that is too long), RATE_LIMITED.
 */
export async function updateConversation(ctx: UserContext, input: UpdateConversationInput): Promise<UpdateConversationResult> {
  const { userId } = ctx.session;
  await ctx.rateLimits.take('settlePerUser', userId);
  return transact(ctx, async (tx) => {
    const { conversationId } = await accessConversation(tx.sql, userId, input.conversationId, 'read');
    const at = { conversationId, userId };
    let changed = false;
    if (input.pinned === true) await lockPinned(tx, at);
    if (input.muted !== undefined) changed = (await setMuted(tx, at, input.muted)) || changed;
    if (input.hidden !== undefined) changed = (await setHidden(tx, at, input.hidden, input.seenSeq)) || changed;
    const draft = input.draft === undefined ? 'same' : await setDraft(tx, at, input.draft, input.draftOver ?? 0);
    changed ||= draft === 'written';
    // Last, as it may have to tell of other conversations too.
    if (input.pinned !== undefined) changed = (await setPin(ctx, tx, at, input.pinned, input.pinAfter)) || changed;
    const me = changed ? await tellMyself(tx, conversationId, userId) : await readMyself(tx, at);
    return { me, draftTaken: draft !== 'overtaken' };
  });
}

async function readMyself(tx: Tx, { conversationId, userId }: Side) {
  const [view] = await readConversationViews(tx.sql, userId, { ids: [conversationId] });
  if (view === undefined) throw new AppError('NOT_FOUND', { message: 'No such conversation' });
  return view.me;
}

async function setMuted(tx: Tx, at: Side, muted: NonNullable<UpdateConversationInput['muted']> | null): Promise<boolean> {
  const rows = await tx.sql`
    update members set mute_mode = ${muted?.mode ?? null}, mute_until = ${timeOf(tx.sql, muted?.untilAt ?? null)}
    where conversation_id = ${at.conversationId} and user_id = ${at.userId}
      and (mute_mode is distinct from ${muted?.mode ?? null}
        or mute_until is distinct from ${timeOf(tx.sql, muted?.untilAt ?? null)})
    returning 1`;
  return rows.length > 0;
}

/** Never further than what there is: whatever comes then is news. */
async function setHidden(tx: Tx, at: Side, hidden: boolean, seenSeq: number | undefined): Promise<boolean> {
  const rows = await tx.sql`
    update members m set hidden_seq = case when ${hidden}::boolean then least(${seenSeq ?? null}::bigint, ${seenHeadSeq(tx.sql)}) end
    from heads h
    where m.conversation_id = ${at.conversationId} and m.user_id = ${at.userId} and h.conversation_id = m.conversation_id
      and m.hidden_seq is distinct from
        case when ${hidden}::boolean then least(${seenSeq ?? null}::bigint, ${seenHeadSeq(tx.sql)}) end
    returning 1`;
  return rows.length > 0;
}
