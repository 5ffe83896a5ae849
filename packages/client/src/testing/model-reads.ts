import {
  AppError,
  type ConversationRepair,
  type ConversationView,
  isWithin,
  joinSpans,
  type ListMessagesInput,
  type ListMessagesResult,
  limits,
  type MessageView,
  type MyMembership,
  type PinView,
  type ResumeInput,
  type Span,
  sizeBetween,
} from '@nexo/shared';
import type { ModelConversation, ModelData, ModelMember } from './model-data.ts';

/** How much one answer carries; small in tests, so that there are many. */
export interface ModelSizes {
  /** Changes that are repaired one by one; beyond it there is a reset. */
  changesMax: number;
  /** Messages or conversations in a page. */
  pageMax: number;
  /** Conversations unknown to the client in one answer to a resume. */
  addedMax: number;
  repairsMax: number;
}

export type ModelReads = ReturnType<typeof makeModelReads>;

/** What the model server answers to questions: each person sees what they may. */
export function makeModelReads(data: ModelData, sizes: ModelSizes) {
  function accessOf(userId: string, conversationId: string): { conversation: ModelConversation; member: ModelMember } {
    const conversation = data.conversations.get(conversationId);
    const member = conversation?.members.get(userId);
    if (conversation === undefined || member === undefined) throw new AppError('NOT_FOUND');
    return { conversation, member };
  }

  /** As a member now. */
  function presentOf(userId: string, conversationId: string): ReturnType<typeof accessOf> {
    const access = accessOf(userId, conversationId);
    if (access.member.leftAt !== undefined) throw new AppError('FORBIDDEN');
    return access;
  }

  function countOf(conversation: ModelConversation): number {
    return [...conversation.members.values()].filter((member) => member.leftAt === undefined).length;
  }

  function visibleOf(conversation: ModelConversation, member: ModelMember): MessageView[] {
    const messages = member.keptMessages ?? conversation.messages;
    return messages.filter(({ seq }) => isVisible(member, seq) && !member.removed.has(seq));
  }

  function isVisible(member: ModelMember, seq: number): boolean {
    return isWithin(member.visible, seq);
  }

  function goneOf(conversation: ModelConversation, member: ModelMember): Span[] {
    const isOut = ({ seq, revokedAt }: MessageView) => revokedAt !== undefined || member.removed.has(seq);
    return (member.keptMessages ?? conversation.messages)
      .filter((message) => message.countable && message.seq > member.readSeq && isVisible(member, message.seq) && isOut(message))
      .reduce<Span[]>((spans, { countableSeq }) => joinSpans(spans, [{ from: countableSeq, to: countableSeq }]), []);
  }

  function headOf(conversation: ModelConversation, member: ModelMember): { seq: number; change: number } {
    if (member.leftAt === undefined) return { seq: conversation.messages.length, change: conversation.change };
    // Who left and cleared everything sees nothing any more, and has read up to there.
    return { seq: (member.visible.at(-1)?.to ?? member.readSeq + 1) - 1, change: member.leftChange };
  }

  function countableOf(conversation: ModelConversation, member: ModelMember): number {
    if (member.leftAt === undefined) return conversation.countable;
    return conversation.messages[headOf(conversation, member).seq - 1]?.countableSeq ?? 0;
  }

  function meOf(conversation: ModelConversation, member: ModelMember): MyMembership {
    const { role, readSeq, readCountable, visible, userChange, change, joinedAt, hiddenSeq, leftAt } = member;
    const gone = goneOf(conversation, member);
    const countable = countableOf(conversation, member);
    return {
      ...{ role, readSeq, readCountable, visible, userChange, change, joinedAt },
      unread: Math.max(0, countable - readCountable - sizeBetween(gone, readCountable, countable)),
      ...(gone.length === 0 ? {} : { gone }),
      ...(hiddenSeq === undefined ? {} : { hiddenSeq }),
      ...(leftAt === undefined ? {} : { leftAt }),
      ...member.own,
    };
  }

  function viewOf(conversation: ModelConversation, userId: string): ConversationView {
    const { member } = accessOf(userId, conversation.id);
    const { id, kind, name, createdAt } = conversation;
    const peerId = kind === 'direct' ? [...conversation.members.keys()].find((other) => other !== userId) : undefined;
    const peer = peerId === undefined ? undefined : data.users.get(peerId);
    const lastMessage = visibleOf(conversation, member).at(-1);
    const pins = pinsOf(conversation, member);
    return {
      ...{ id, kind, createdAt },
      title: kind === 'self' ? 'Notes to self' : kind === 'group' ? name : (peer?.displayName ?? ''),
      ...(peer === undefined ? {} : { peer, peerReadSeq: conversation.members.get(peer.id)?.readSeq ?? 0 }),
      ...(kind === 'group' ? { group: { name, memberCount: countOf(conversation) } } : {}),
      head: headOf(conversation, member),
      countable: countableOf(conversation, member),
      me: meOf(conversation, member),
      ...(lastMessage === undefined ? {} : { lastMessage }),
      ...(pins.length === 0 ? {} : { pins }),
      activeAt: lastMessage?.sentAt ?? Math.max(member.joinedAt, member.own?.clearedAt ?? member.joinedAt),
    };
  }

  function pinsOf(conversation: ModelConversation, member: ModelMember): PinView[] {
    const isTheirs = ({ change }: PinView) => member.leftAt === undefined || change <= member.leftChange;
    return conversation.pins.filter((pin) => isVisible(member, pin.seq) && isTheirs(pin));
  }

  function viewsOf(userId: string): ConversationView[] {
    const mine = [...data.conversations.values()].filter((conversation) => conversation.members.has(userId));
    return mine
      .map((conversation) => viewOf(conversation, userId))
      .sort((a, b) => b.activeAt - a.activeAt || (a.id < b.id ? 1 : -1));
  }

  function list(userId: string, input: ListMessagesInput): ListMessagesResult {
    const { conversation, member } = accessOf(userId, input.conversationId);
    const all = visibleOf(conversation, member);
    const limit = Math.min(input.limit ?? limits.pageDefault, sizes.pageMax);
    let start = Math.max(0, all.length - limit);
    const indexFrom = (seq: number) => {
      const index = all.findIndex((message) => message.seq >= seq);
      return index === -1 ? all.length : index;
    };
    let end = all.length;
    if (input.before !== undefined) {
      end = indexFrom(input.before);
      start = Math.max(0, end - limit);
    } else if (input.after !== undefined) {
      start = indexFrom(input.after + 1);
      end = Math.min(all.length, start + limit);
    } else if (input.around !== undefined) {
      start = Math.max(0, indexFrom(input.around) - Math.floor(limit / 2));
      end = Math.min(all.length, start + limit);
    }
    const head = headOf(conversation, member);
    return { items: all.slice(start, end), head, hasBefore: start > 0, hasAfter: end < all.length };
  }

  function get(userId: string, { conversationId, seqs }: { conversationId: string; seqs: number[] }): MessageView[] {
    const { conversation, member } = accessOf(userId, conversationId);
    return visibleOf(conversation, member).filter(({ seq }) => seqs.includes(seq));
  }

  function snapshot(userId: string, input: { cursor?: string; limit: number }) {
    const views = viewsOf(userId);
    const start = Number(input.cursor ?? 0);
    const end = start + Math.min(input.limit, sizes.pageMax);
    const items = views.slice(start, end);
    const nextCursor = end < views.length ? String(end) : null;
    const me = data.users.get(userId);
    return {
      epoch: data.epoch,
      protocolVersion: 1,
      userChange: data.userChanges.get(userId) ?? 0,
      me,
      items,
      nextCursor,
      serverTime: data.time.now(),
    };
  }

  function resume(userId: string, input: ResumeInput) {
    if (input.epoch !== data.epoch) return { kind: 'epochChanged', epoch: data.epoch };
    const known = new Map(input.conversations.map(({ id, change }) => [id, change]));
    const removed = removedSince(userId, input.userChange, known);
    const differing = [...known].flatMap(([id, since]) => {
      const conversation = data.conversations.get(id);
      const member = conversation?.members.get(userId);
      const isEqual = conversation !== undefined && member !== undefined && headOf(conversation, member).change === since;
      if (removed.has(id)) return [repairOf(userId, id, 0)];
      return isEqual && since > 0 ? [] : [repairOf(userId, id, since)];
    });
    const repairs = differing.slice(0, sizes.repairsMax);
    const repaired = new Set(repairs.map((repair) => (repair.kind === 'reset' ? repair.conversation.id : repair.conversationId)));
    const inRange = (id: string) =>
      (input.after === undefined || id > input.after) && (input.upTo === undefined || id <= input.upTo);
    const added = viewsOf(userId).filter(({ id }) => inRange(id) && !known.has(id));
    const memberships = viewsOf(userId)
      .filter(({ id, me }) => known.has(id) && !repaired.has(id) && me.userChange > input.userChange)
      .map(({ id, me }) => ({ conversationId: id, me }));
    const userChange = data.userChanges.get(userId) ?? 0;
    return {
      kind: 'resumed',
      userChange,
      repairs,
      added: added.slice(0, sizes.addedMax),
      addedMore: added.length > sizes.addedMax || differing.length > sizes.repairsMax,
      memberships,
      ...(removed.size === 0 ? {} : { removed: [...removed].map(([conversationId, seqs]) => ({ conversationId, seqs })) }),
      serverTime: data.time.now(),
    };
  }

  function removedSince(userId: string, since: number, known: ReadonlyMap<string, number>): Map<string, number[]> {
    const removed = new Map<string, number[]>();
    for (const id of known.keys()) {
      const all = [...(data.conversations.get(id)?.members.get(userId)?.removed ?? [])];
      const seqs = all.filter(([, userChange]) => userChange > since).map(([seq]) => seq);
      if (seqs.length > 0) removed.set(id, seqs);
    }
    return removed;
  }

  function repairOf(userId: string, conversationId: string, since: number): ConversationRepair {
    const conversation = data.conversations.get(conversationId);
    const member = conversation?.members.get(userId);
    if (conversation === undefined || member === undefined) return { kind: 'gone', conversationId };
    const head = headOf(conversation, member);
    const visible = visibleOf(conversation, member);
    const missing = head.change - since;
    if (since === 0 || missing < 0 || missing > sizes.changesMax) {
      return { kind: 'reset', conversation: viewOf(conversation, userId), messages: visible.slice(-sizes.pageMax) };
    }
    const view = viewOf(conversation, userId);
    return {
      ...{ kind: 'changes', conversationId, since, head },
      countable: view.countable,
      messages: visible.filter((message) => message.change > since),
      members: [],
      leftUserIds: [],
      ...(conversation.groupChange > since && view.group !== undefined ? { group: view.group } : {}),
      ...(view.peerReadSeq === undefined ? {} : { peerReadSeq: view.peerReadSeq }),
      ...(conversation.pinsChange > since ? { pins: view.pins ?? [] } : {}),
      me: view.me,
    };
  }

  return {
    accessOf,
    presentOf,
    countOf,
    isVisible,
    visibleOf,
    headOf,
    meOf,
    viewOf,
    viewsOf,
    get,
    list,
    snapshot,
    resume,
    repairOf,
  };
}
