import { AppError, type ConversationEvent, type MeEvent, type MessageView, type StreamItem } from '@nexo/shared';
import { putReaction, quoteOfVersion } from '../reducer/versions.ts';
import type { ModelConversation, ModelData } from './model-data.ts';
import type { ModelReads } from './model-reads.ts';

/** What happens to messages at the model server once they are sent. Rights by role and time are not its business. */
export function makeModelLife(
  data: ModelData,
  reads: ModelReads,
  tell: (conversation: ModelConversation, event: ConversationEvent) => void,
  tellUser: (userId: string, item: StreamItem | MeEvent) => void,
  countMe: (userId: string, conversation: ModelConversation) => number,
) {
  const { accessOf, presentOf, visibleOf, viewOf } = reads;

  function find(userId: string, conversationId: string, seq: number): { conversation: ModelConversation; message: MessageView } {
    const { conversation, member } = presentOf(userId, conversationId);
    const message = visibleOf(conversation, member).find((other) => other.seq === seq);
    if (message === undefined) throw new AppError('NOT_FOUND');
    if (message.content.type === 'notice') throw new AppError('FORBIDDEN');
    if (message.content.type === 'revoked') throw new AppError('MESSAGE_REVOKED');
    return { conversation, message };
  }

  /** Puts a new version in the place of a message, and into what quotes it, which has no change of its own. */
  function put(conversation: ModelConversation, message: MessageView): void {
    conversation.messages = conversation.messages.map((other) => {
      if (other.seq === message.seq) return message;
      return other.replyTo?.seq === message.seq ? { ...other, replyTo: quoteOfVersion(message) } : other;
    });
  }

  function edit(userId: string, input: { conversationId: string; seq: number; content: MessageView['content'] }) {
    const { conversation, message } = find(userId, input.conversationId, input.seq);
    const change = ++conversation.change;
    const edited = { ...message, content: input.content, editedAt: data.time.now(), contentChange: change, change };
    put(conversation, edited);
    tell(conversation, { type: 'message.edited', conversationId: conversation.id, change, message: edited });
    return { message: edited, changed: true };
  }

  function revoke(userId: string, input: { conversationId: string; seq: number }) {
    const { conversation, message } = find(userId, input.conversationId, input.seq);
    if (conversation.pins.some(({ seq }) => seq === message.seq)) pin(userId, { ...input, pinned: false });
    const change = ++conversation.change;
    const { editedAt: _edited, reactions: _reactions, replyTo: _quote, ...rest } = message;
    const content = { type: 'revoked' as const, revokedBy: userId };
    const revoked = { ...rest, content, revokedAt: data.time.now(), contentChange: change, change };
    put(conversation, revoked);
    tell(conversation, { type: 'message.revoked', conversationId: conversation.id, change, message: revoked });
    return { message: revoked, changed: true };
  }

  function react(userId: string, input: { conversationId: string; seq: number; emoji: string; on: boolean }) {
    const { conversation, message } = find(userId, input.conversationId, input.seq);
    const { emoji, on } = input;
    const before = message.reactions?.find((kind) => kind.emoji === emoji)?.userIds ?? [];
    if (before.includes(userId) === on) return { message, changed: false };
    const userIds = on ? [...before, userId] : before.filter((id) => id !== userId);
    const reaction = { emoji, count: userIds.length, userIds };
    const change = ++conversation.change;
    const { reactions: old = [], ...rest } = message;
    const reactions = putReaction(old, reaction);
    const reacted: MessageView = { ...rest, change, ...(reactions.length === 0 ? {} : { reactions }) };
    put(conversation, reacted);
    const { id: conversationId } = conversation;
    tell(conversation, { type: 'message.reacted', conversationId, change, seq: input.seq, userId, on, reaction });
    return { message: reacted, changed: true };
  }

  function pin(userId: string, input: { conversationId: string; seq: number; pinned: boolean }) {
    const { conversation } = find(userId, input.conversationId, input.seq);
    const { seq, pinned } = input;
    if (conversation.pins.some((other) => other.seq === seq) === pinned) return { pins: conversation.pins };
    const change = ++conversation.change;
    conversation.pinsChange = change;
    const made = { seq, pinnedBy: userId, pinnedAt: data.time.now(), change };
    const others = conversation.pins.filter((other) => other.seq !== seq);
    conversation.pins = pinned ? [...others, made].sort((a, b) => a.seq - b.seq) : others;
    const { id: conversationId } = conversation;
    if (pinned) tell(conversation, { type: 'message.pinned', conversationId, change, pin: made });
    else tell(conversation, { type: 'message.unpinned', conversationId, change, seq, userId });
    return { pins: conversation.pins };
  }

  function remove(userId: string, input: { conversationId: string; seqs: number[] }) {
    const { conversation, member } = accessOf(userId, input.conversationId);
    const visible = new Set(visibleOf(conversation, member).map(({ seq }) => seq));
    const seqs = input.seqs.filter((seq) => visible.has(seq)).sort((a, b) => a - b);
    if (seqs.length === 0) return { userChange: data.userChanges.get(userId) ?? 0 };
    const userChange = countMe(userId, conversation);
    for (const seq of seqs) member.removed.set(seq, userChange);
    const { me, lastMessage, activeAt, id: conversationId } = viewOf(conversation, userId);
    const shown = lastMessage === undefined ? {} : { lastMessage };
    tellUser(userId, { type: 'me.removed', userChange, conversationId, seqs, ...shown, activeAt, me });
    return { userChange };
  }

  return { edit, revoke, react, pin, remove };
}
