import {
  AppError,
  type ChangedMessage,
  canonicalEmoji,
  limits,
  type MessageView,
  type ReactInput,
  type ReactionView,
  refuseReaction,
} from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { timeOf } from '../sql-time.ts';
import type { Tx } from '../transact.ts';
import { changeMessage, insistOn } from './lock-message.ts';

/**
 * Sets or takes back one's reaction of one kind. What is as it should be stays as it is and tells nobody. Throws NOT_FOUND, FORBIDDEN,
 * NOT_REACHABLE, CONTACTS_ONLY, BLOCKED_BY_YOU, MUTED (to set one), MESSAGE_REVOKED, LIMIT_REACHED (kinds), RATE_LIMITED.
 */
export async function reactToMessage(ctx: UserContext, input: ReactInput): Promise<ChangedMessage> {
  const emoji = canonicalEmoji(input.emoji);
  // What is one's own can be taken back from who takes nothing any more.
  return changeMessage(ctx, input, input.on ? 'send' : 'present', async (tx, { head, message, actor }) => {
    insistOn(refuseReaction(actor, message, input.on));
    const { conversationId } = head;
    const { userId } = actor;
    const change = head.change + 1;
    const before = message.reactions ?? [];
    const kind = before.find((one) => one.emoji === emoji);
    if (input.on && kind === undefined && before.length >= limits.reactionKindsMax) {
      const words = `A message takes ${limits.reactionKindsMax} kinds of reactions`;
      throw new AppError('LIMIT_REACHED', { message: words, field: 'emoji' });
    }
    if (!(await write(tx, message, emoji, userId, input.on, change, ctx.clock.now()))) return { message, changed: false };
    const reaction = await kindAfter(tx, message, kind ?? { emoji, count: 0, userIds: [] }, userId, input.on);
    const reactions = withReaction(before, reaction);
    await tx.sql`
      update messages set reactions = ${reactions.length === 0 ? null : JSON.stringify(reactions)}::text::jsonb,
        last_change = ${change}, amended = true
      where conversation_id = ${conversationId} and seq = ${message.seq}`;
    head.change = change;
    await tx.moveHead(head);
    const { seq } = message;
    const event = { type: 'message.reacted' as const, conversationId, change, seq, userId, on: input.on, reaction };
    tx.tell({ kind: 'conversation', conversationId, from: change, to: change, events: [event] });
    const { reactions: _before, ...rest } = message;
    return { message: { ...rest, change, ...(reactions.length === 0 ? {} : { reactions }) }, changed: true };
  });
}

/** False when it was so already. */
async function write(
  tx: Tx,
  { conversationId, seq }: MessageView,
  emoji: string,
  userId: string,
  on: boolean,
  change: number,
  now: number,
): Promise<boolean> {
  const rows = on
    ? await tx.sql`
        insert into reactions (conversation_id, seq, emoji, user_id, change, created_at)
        values (${conversationId}, ${seq}, ${emoji}, ${userId}, ${change}, ${timeOf(tx.sql, now)})
        on conflict do nothing returning 1`
    : await tx.sql`
        delete from reactions
        where conversation_id = ${conversationId} and seq = ${seq} and emoji = ${emoji} and user_id = ${userId} returning 1`;
  return rows.length > 0;
}

/**
 * A kind of reaction after this person's has come or gone. It is counted on from what it was, which the head's lock keeps true: only
 * where one of the people named has gone and others stand behind them, those are looked up.
 */
async function kindAfter(tx: Tx, message: MessageView, before: ReactionView, userId: string, on: boolean): Promise<ReactionView> {
  const { emoji, count, userIds } = before;
  if (on) return { emoji, count: count + 1, userIds: [...userIds, userId].slice(0, limits.reactionNamesMax) };
  const left = userIds.filter((id) => id !== userId);
  const isCut = left.length < userIds.length && count > userIds.length;
  return { emoji, count: count - 1, userIds: isCut ? await readFirst(tx, message, emoji) : left };
}

async function readFirst(tx: Tx, { conversationId, seq }: MessageView, emoji: string): Promise<string[]> {
  const rows = await tx.sql<{ user_id: string }[]>`
    select user_id from reactions where conversation_id = ${conversationId} and seq = ${seq} and emoji = ${emoji}
    order by change limit ${limits.reactionNamesMax}`;
  return rows.map((row) => row.user_id);
}

/** The kinds in their order: a kind keeps its place as long as anybody has it. */
function withReaction(before: readonly ReactionView[], reaction: ReactionView): ReactionView[] {
  if (reaction.count === 0) return before.filter((kind) => kind.emoji !== reaction.emoji);
  if (!before.some((kind) => kind.emoji === reaction.emoji)) return [...before, reaction];
  return before.map((kind) => (kind.emoji === reaction.emoji ? reaction : kind));
}
