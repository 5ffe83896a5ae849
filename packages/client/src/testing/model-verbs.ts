import {
  AppError,
  type ConversationEvent,
  type ConversationView,
  directConversationId,
  type MeEvent,
  type MessageContent,
  type MessageView,
  type MyMembership,
  type MyUserView,
  newId,
  type SendMessageInput,
  type StreamItem,
  selfConversationId,
  type UpdateConversationInput,
  type UpdateConversationResult,
  withheldEvent,
} from '@nexo/shared';
import { quoteOfVersion } from '../reducer/versions.ts';
import type { ModelConversation, ModelData, ModelMember } from './model-data.ts';
import { makeModelLife } from './model-life.ts';
import type { ModelReads } from './model-reads.ts';

/** What people do at the model server: each verb changes the data, counts it, and tells it. */
export function makeModelVerbs(
  data: ModelData,
  reads: ModelReads,
  tellUser: (userId: string, item: StreamItem | MeEvent) => void,
) {
  const { accessOf, presentOf, countOf, isVisible, meOf, viewOf } = reads;

  function make(id: string, kind: ModelConversation['kind'], name: string): ModelConversation {
    const createdAt = data.time.now();
    const conversation: ModelConversation = {
      ...{ id, kind, name, createdAt, groupChange: 0, change: 0, countable: 0, pins: [], pinsChange: 0 },
      messages: [],
      members: new Map(),
    };
    data.conversations.set(id, conversation);
    return conversation;
  }

  function addNew(conversation: ModelConversation, userId: string, role: ModelMember['role']): ModelMember {
    const member: ModelMember = {
      ...{ role, readSeq: 0, readCountable: 0, userChange: 0, joinedAt: data.time.now(), leftChange: 0, change: 0 },
      visible: [{ from: 1, to: null }],
      removed: new Map(),
    };
    conversation.members.set(userId, member);
    return member;
  }

  function openDirect(me: string, peer: string): ConversationView {
    if (!data.users.has(peer)) throw new AppError('NOT_FOUND');
    const id = me === peer ? selfConversationId(me) : directConversationId(me, peer);
    let conversation = data.conversations.get(id);
    if (conversation === undefined) {
      conversation = make(id, me === peer ? 'self' : 'direct', '');
      addNew(conversation, me, 'member');
      if (peer !== me) addNew(conversation, peer, 'member').hiddenSeq = 0;
      for (const userId of conversation.members.keys()) tellJoined(conversation, userId);
    }
    return viewOf(conversation, me);
  }

  function createGroup(me: string, input: { name: string; memberIds: string[] }): ConversationView {
    const conversation = make(newId(), 'group', input.name);
    addNew(conversation, me, 'owner');
    for (const id of input.memberIds) addNew(conversation, id, 'member');
    conversation.groupChange = 1;
    const content: MessageContent = { type: 'notice', notice: 'group.created', actorId: me, userIds: input.memberIds };
    append(conversation, me, newId(), content);
    for (const member of conversation.members.values()) member.change = conversation.change;
    for (const userId of conversation.members.keys()) tellJoined(conversation, userId);
    return viewOf(conversation, me);
  }

  function join(conversation: ModelConversation, userId: string): void {
    const known = conversation.members.get(userId);
    if (known !== undefined && known.leftAt === undefined) return;
    conversation.change++;
    conversation.groupChange = conversation.change;
    const from = conversation.messages.length + 1;
    const member = known ?? addNew(conversation, userId, 'member');
    member.visible = [...(known?.visible ?? []), { from, to: null }];
    if (known === undefined) member.visible = [{ from, to: null }];
    delete member.leftAt;
    delete member.keptMessages;
    member.joinedAt = data.time.now();
    member.readSeq = conversation.messages.length;
    member.readCountable = conversation.countable;
    member.change = conversation.change;
    const view = { userId, role: member.role, joinedAt: member.joinedAt };
    const { id, change } = conversation;
    tell(conversation, { type: 'member.joined', conversationId: id, change, member: view, memberCount: countOf(conversation) });
    const content: MessageContent = { type: 'notice', notice: 'member.joined', actorId: userId, userIds: [userId] };
    const message = append(conversation, userId, newId(), content);
    tell(conversation, { type: 'message.sent', conversationId: id, change: message.change, message });
    tellJoined(conversation, userId);
  }

  function leave(userId: string, conversationId: string): void {
    const { conversation, member } = presentOf(userId, conversationId);
    conversation.change++;
    conversation.groupChange = conversation.change;
    member.leftAt = data.time.now();
    member.leftChange = conversation.change;
    member.change = conversation.change;
    const to = conversation.messages.length + 1;
    member.visible = member.visible.map((range) => ({ from: range.from, to: range.to ?? to }));
    member.keptMessages = [...conversation.messages];
    const { change } = conversation;
    tell(conversation, { type: 'member.left', conversationId, change, userId, memberCount: countOf(conversation) });
    const content: MessageContent = { type: 'notice', notice: 'member.left', actorId: userId, userIds: [userId] };
    const message = append(conversation, userId, newId(), content);
    tell(conversation, { type: 'message.sent', conversationId, change: message.change, message });
    tellMe(userId, conversation);
  }

  function send(userId: string, input: SendMessageInput): { message: MessageView; deduplicated: boolean } {
    const { conversation, member } = presentOf(userId, input.conversationId);
    const { messages } = conversation;
    const first = messages.find((other) => other.senderId === userId && other.clientMessageId === input.clientMessageId);
    if (first !== undefined) return { message: first, deduplicated: true };
    const quoted = messages.find((other) => other.seq === input.replyTo);
    const replyTo = quoted === undefined ? {} : { replyTo: quoteOfVersion(quoted) };
    const message = append(conversation, userId, input.clientMessageId, input.content, replyTo);
    member.readSeq = message.seq;
    member.readCountable = message.countableSeq;
    tell(conversation, { type: 'message.sent', conversationId: conversation.id, change: message.change, message });
    return { message, deduplicated: false };
  }

  function append(
    conversation: ModelConversation,
    senderId: string,
    clientMessageId: string,
    content: MessageContent,
    more: Pick<MessageView, 'replyTo'> = {},
  ): MessageView {
    const countable = content.type !== 'notice';
    conversation.change++;
    if (countable) conversation.countable++;
    const message: MessageView = {
      id: newId(),
      conversationId: conversation.id,
      seq: conversation.messages.length + 1,
      change: conversation.change,
      ...{ clientMessageId, senderId, content, countable },
      countableSeq: conversation.countable,
      sentAt: data.time.now(),
      ...more,
    };
    conversation.messages.push(message);
    return message;
  }

  function markRead(userId: string, conversationId: string, seq: number): { readSeq: number; unread: number } {
    const { conversation, member } = accessOf(userId, conversationId);
    // One may read up to what one has removed.
    const upTo = conversation.messages.filter((message) => message.seq <= seq && isVisible(member, message.seq)).at(-1);
    if (upTo !== undefined && upTo.seq > member.readSeq) {
      member.readSeq = upTo.seq;
      member.readCountable = upTo.countableSeq;
      tellMe(userId, conversation);
      for (const other of conversation.members.keys()) {
        tellUser(other, { type: 'conversation.read', conversationId, userId, readSeq: upTo.seq });
      }
    }
    return { readSeq: member.readSeq, unread: meOf(conversation, member).unread };
  }

  function update(userId: string, input: UpdateConversationInput): UpdateConversationResult {
    const { conversation, member } = accessOf(userId, input.conversationId);
    const own: Partial<MyMembership> = { ...member.own };
    let draftTaken = true;
    if (input.draft !== undefined) {
      const isSame = JSON.stringify(own.draft ?? null) === JSON.stringify(input.draft);
      draftTaken = isSame || (own.draftVersion ?? 0) === input.draftOver;
      if (!isSame && draftTaken) {
        own.draftVersion = (own.draftVersion ?? 0) + 1;
        if (input.draft === null) delete own.draft;
        else own.draft = input.draft;
      }
    }
    if (input.muted === null) delete own.muted;
    else if (input.muted !== undefined) own.muted = input.muted;
    if (input.pinned === true) Object.assign(own, { pinnedAt: data.time.now(), pinPlace: -data.time.now() });
    if (input.hidden === true)
      member.hiddenSeq = Math.min(input.seenSeq ?? Number.POSITIVE_INFINITY, conversation.messages.length);
    if (JSON.stringify(own) !== JSON.stringify(member.own ?? {}) || input.hidden !== undefined) {
      member.own = own;
      tellMe(userId, conversation);
    }
    return { me: meOf(conversation, member), draftTaken };
  }

  function clear(userId: string, conversationId: string, upToSeq: number): MyMembership {
    const { conversation, member } = accessOf(userId, conversationId);
    // Also what one has removed.
    const last = conversation.messages.filter(({ seq }) => seq <= upToSeq && isVisible(member, seq)).at(-1);
    if (last !== undefined) {
      member.own = { ...member.own, clearedAt: last.sentAt };
      if (last.seq > member.readSeq) Object.assign(member, { readSeq: last.seq, readCountable: last.countableSeq });
      member.visible = member.visible
        .map(({ from, to }) => ({ from: Math.max(from, upToSeq + 1), to }))
        .filter(({ from, to }) => to === null || from < to);
      tellMe(userId, conversation);
    }
    return meOf(conversation, member);
  }

  function updateUser(userId: string, changes: Partial<Pick<MyUserView, 'displayName'>>): MyUserView {
    const known = data.users.get(userId);
    if (known === undefined) throw new AppError('NOT_FOUND');
    const user = { ...known, ...changes };
    data.users.set(userId, user);
    tellUser(userId, { type: 'me.profile', userChange: countMe(userId), user });
    return user;
  }

  function tell(conversation: ModelConversation, event: ConversationEvent): void {
    const seq = 'message' in event ? event.message.seq : event.type === 'message.reacted' ? event.seq : undefined;
    for (const [userId, member] of conversation.members) {
      if (member.leftAt !== undefined) continue;
      const isHidden = seq !== undefined && !isVisible(member, seq);
      tellUser(userId, isHidden ? withheldEvent(event) : event);
    }
  }

  function tellJoined(conversation: ModelConversation, userId: string): void {
    const userChange = countMe(userId, conversation);
    tellUser(userId, { type: 'me.joined', userChange, conversation: viewOf(conversation, userId) });
  }

  function tellMe(userId: string, conversation: ModelConversation): void {
    const userChange = countMe(userId, conversation);
    const { member } = accessOf(userId, conversation.id);
    tellUser(userId, { type: 'me.updated', userChange, conversationId: conversation.id, me: meOf(conversation, member) });
  }

  function countMe(userId: string, conversation?: ModelConversation): number {
    const userChange = (data.userChanges.get(userId) ?? 0) + 1;
    data.userChanges.set(userId, userChange);
    const member = conversation?.members.get(userId);
    if (member !== undefined) member.userChange = userChange;
    return userChange;
  }

  const life = makeModelLife(data, reads, tell, tellUser, countMe);

  return { openDirect, createGroup, join, leave, send, markRead, update, updateUser, clear, ...life };
}
