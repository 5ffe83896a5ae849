import type { UserCursors } from '@nexo/api';
import {
  AppError,
  type ConversationEvent,
  type ConversationRepair,
  type ConversationView,
  isWithin,
  type ListMessagesInput,
  type ListMessagesResult,
  limits,
  type MemberView,
  type MessageView,
  type MyMembership,
  type PinView,
  PROTOCOL_VERSION,
  type ResumeInput,
  type ResumeResult,
  type SnapshotInput,
  type SnapshotResult,
  sizeBetween,
  type UserView,
} from '@nexo/shared';
import {
  type ConversationRow,
  type GroupRow,
  type HeadRow,
  type MemberRow,
  type Rows,
  rowOf,
  type UserHeadRow,
} from './model-database.ts';
import {
  lastShown,
  leftChange,
  messageAsOf,
  messageFor,
  messageRow,
  removedBy,
  shownMessages,
  unreadOf,
} from './model-messages.ts';

// What the statements of packages/api read, over rows in memory. Each function is one moment.

/** A member row together with the conversation, or the refusal that a stranger gets. */
export function accessOf(
  rows: Rows,
  userId: string,
  conversationId: string,
  right: 'read' | 'send' | 'invite',
): { conversation: ConversationRow; member: MemberRow } {
  const conversation = rows.get<ConversationRow>(rowOf.conversation(conversationId));
  const member = rows.get<MemberRow>(rowOf.member(conversationId, userId));
  if (conversation === undefined || member === undefined) throw new AppError('NOT_FOUND');
  if (right !== 'read' && member.leftAt !== null) throw new AppError('FORBIDDEN');
  if (right === 'invite' && conversation.kind !== 'group') throw new AppError('FORBIDDEN');
  return { conversation, member };
}

export function membersOf(rows: Rows, conversationId: string): MemberRow[] {
  return rows.filed<MemberRow>(`members of ${conversationId}`);
}

function membershipsOf(rows: Rows, userId: string): MemberRow[] {
  return rows.filed<MemberRow>(`memberships of ${userId}`);
}

/** The head as this member sees it. */
function headOf(rows: Rows, member: MemberRow): HeadRow {
  const head = rows.get<HeadRow>(rowOf.head(member.conversationId)) ?? { seq: 0, change: 0, countable: 0 };
  if (member.leftAt === null) return head;
  // Who has cleared everything then has no range any more, and has read up to there.
  const last = member.visible.at(-1)?.to;
  const seq = last == null ? member.readSeq : last - 1;
  const countable = last == null ? undefined : messageRow(rows, member.conversationId, seq)?.countableSeq;
  return { seq, change: member.change, countable: countable ?? member.readCountable };
}

function meOf(rows: Rows, member: MemberRow): MyMembership {
  const { role, readSeq, readCountable, visible, userChange, change, joinedAt, hiddenSeq, leftAt, clearedAt, mutedUntil } =
    member;
  const head = headOf(rows, member);
  const { mentions, gone } = unreadOf(rows, member, head.seq);
  return {
    ...{ role, readSeq, readCountable, visible, userChange, change, joinedAt },
    unread: Math.max(0, head.countable - readCountable - sizeBetween(gone, readCountable, head.countable)),
    ...(hiddenSeq === null ? {} : { hiddenSeq }),
    ...(mutedUntil === null ? {} : { mutedUntil }),
    ...(leftAt === null ? {} : { leftAt }),
    ...(mentions.length === 0 ? {} : { mentions }),
    ...(gone.length === 0 ? {} : { gone }),
    ...(clearedAt === null ? {} : { clearedAt }),
  };
}

export function memberViewOf({ userId, role, joinedAt, mutedUntil }: MemberRow): MemberView {
  return { userId, role, ...(mutedUntil === null ? {} : { mutedUntil }), joinedAt };
}

export function viewOf(rows: Rows, conversationId: string, userId: string): ConversationView | undefined {
  const conversation = rows.get<ConversationRow>(rowOf.conversation(conversationId));
  const member = rows.get<MemberRow>(rowOf.member(conversationId, userId));
  if (conversation === undefined || member === undefined) return undefined;
  const { id, kind, createdAt } = conversation;
  const group = rows.get<GroupRow>(rowOf.group(id));
  const other = kind === 'direct' ? membersOf(rows, id).find((one) => one.userId !== userId) : undefined;
  const peer = other === undefined ? undefined : rows.get<UserView>(rowOf.user(other.userId));
  const head = headOf(rows, member);
  const lastMessage = lastShown(rows, member, head.seq);
  const pins = pinsFor(conversation, member);
  return {
    ...{ id, kind, createdAt },
    title: kind === 'self' ? 'Notes to self' : (group?.name ?? peer?.displayName ?? ''),
    ...(peer === undefined ? {} : { peer }),
    ...(other === undefined ? {} : { peerReadSeq: other.readSeq }),
    ...(group === undefined ? {} : { group: { name: group.name, memberCount: group.memberCount } }),
    head: { seq: head.seq, change: head.change },
    countable: head.countable,
    me: meOf(rows, member),
    ...(lastMessage === undefined ? {} : { lastMessage }),
    ...(pins.length === 0 ? {} : { pins }),
    activeAt: lastMessage?.sentAt ?? Math.max(member.joinedAt, member.clearedAt ?? member.joinedAt),
  };
}

/** Those of messages that the member may read; for who has left, those from before. */
function pinsFor({ pins }: ConversationRow, member: MemberRow): PinView[] {
  const asOf = leftChange(member);
  return pins.filter(({ seq, change }) => (asOf === null || change <= asOf) && isWithin(member.visible, seq));
}

/** Most recently active first. */
export function viewsOf(rows: Rows, userId: string): ConversationView[] {
  return membershipsOf(rows, userId)
    .flatMap(({ conversationId }) => viewOf(rows, conversationId, userId) ?? [])
    .sort((a, b) => b.activeAt - a.activeAt || (a.id < b.id ? 1 : -1));
}

export function isListed(view: ConversationView): boolean {
  return view.me.hiddenSeq === undefined || view.head.seq > view.me.hiddenSeq;
}

function userHeadOf(rows: Rows, userId: string): number {
  return rows.get<UserHeadRow>(rowOf.userHead(userId))?.change ?? 0;
}

/** For a node when somebody begins to listen. */
export function listCursors(rows: Rows, userId: string): UserCursors {
  const conversations = membershipsOf(rows, userId)
    .filter(({ leftAt }) => leftAt === null)
    .map(({ conversationId: id, visible }) => ({ id, change: rows.get<HeadRow>(rowOf.head(id))?.change ?? 0, visible }));
  return { userChange: userHeadOf(rows, userId), conversations };
}

/** For a node that missed something: rows whose last change is above `since`, as events. */
export function readEvents(rows: Rows, conversationId: string, since: number): { head: number; events: ConversationEvent[] } {
  const head = rows.get<HeadRow>(rowOf.head(conversationId)) ?? { seq: 0, change: since, countable: 0 };
  const members = membersOf(rows, conversationId);
  const group = rows.get<GroupRow>(rowOf.group(conversationId));
  const memberCount = group?.memberCount ?? members.length;
  const events: ConversationEvent[] = [];
  const messages = changedMessages(rows, conversationId, since, head).map((row) => messageAsOf(rows, row, null));
  for (const message of messages) {
    events.push({ type: 'message.sent', conversationId, change: message.change, message });
  }
  for (const row of members) {
    const { change, userId } = row;
    if (change <= since) continue;
    const member = memberViewOf(row);
    if (row.leftAt !== null) events.push({ type: 'member.left', conversationId, change, userId, memberCount });
    else if (isJoiningLater(messages, userId, change)) {
      events.push({ type: 'member.joined', conversationId, change, member, memberCount });
    } else events.push({ type: 'member.updated', conversationId, change, member });
  }
  if (group !== undefined && group.change > since && !events.some(({ change }) => change === group.change)) {
    const { name } = group;
    events.push({ type: 'group.updated', conversationId, change: group.change, group: { name, memberCount } });
  }
  events.sort((a, b) => a.change - b.change);
  return { head: head.change, events: events.slice(-limits.changesMax) };
}

/** Whether a notice above `change` says that the user has joined: then the change of their row was the joining. */
function isJoiningLater(messages: readonly MessageView[], userId: string, change: number): boolean {
  return messages.some(
    ({ content, change: at }) =>
      at > change && content.type === 'notice' && content.notice === 'member.joined' && content.userIds.includes(userId),
  );
}

/** Sent or amended after a change, ascending by seq. */
function changedMessages(rows: Rows, conversationId: string, since: number, head: HeadRow): MessageView[] {
  const found: MessageView[] = [];
  for (let seq = 1; seq <= head.seq; seq++) {
    const message = messageRow(rows, conversationId, seq);
    if (message !== undefined && message.change > since) found.push(message);
  }
  return found;
}

export function snapshot(rows: Rows, epoch: string, userId: string, input: SnapshotInput, serverTime: number): SnapshotResult {
  const me = rows.get<UserView>(rowOf.user(userId));
  if (me === undefined) throw new AppError('UNAUTHENTICATED');
  const limit = Math.min(input.limit ?? limits.pageMax, limits.pageMax);
  const [activeAt, id] = input.cursor?.split('_') ?? [];
  const isOlder = (view: ConversationView) =>
    activeAt === undefined ||
    id === undefined ||
    view.activeAt < Number(activeAt) ||
    (view.activeAt === Number(activeAt) && view.id < id);
  const items = viewsOf(rows, userId).filter(isOlder).slice(0, limit);
  const last = items.at(-1);
  return {
    me: {
      ...me,
      ...{
        presenceVisibleTo: 'everyone',
        messagesFrom: 'everyone',
        contactRequestsFrom: 'everyone',
        groupInvitesFrom: 'everyone',
        readReceipts: true,
      },
    },
    ...{ epoch, protocolVersion: PROTOCOL_VERSION, userChange: userHeadOf(rows, userId), items, serverTime },
    nextCursor: last === undefined || items.length < limit ? null : `${last.activeAt}_${last.id}`,
  };
}

export function resume(rows: Rows, epoch: string, userId: string, input: ResumeInput, serverTime: number): ResumeResult {
  if (epoch !== input.epoch) return { kind: 'epochChanged', epoch };
  const known = new Map(input.conversations.map(({ id, change }) => [id, change]));
  const removed = [...known.keys()].flatMap((id) => removedSince(rows, userId, id, input.userChange) ?? []);
  const anew = new Set(removed.map(({ conversationId }) => conversationId));
  const repairs = [...known].flatMap(([id, since]) => repairOf(rows, userId, id, since, anew.has(id)) ?? []);
  const repaired = new Set(repairs.map((repair) => (repair.kind === 'reset' ? repair.conversation.id : repair.conversationId)));
  const isInRange = (id: string) =>
    (input.after === undefined || id > input.after) && (input.upTo === undefined || id <= input.upTo);
  const views = viewsOf(rows, userId);
  const added = views.filter(({ id }) => isInRange(id) && !known.has(id));
  const memberships = views
    .filter(({ id, me }) => known.has(id) && !repaired.has(id) && me.userChange > input.userChange)
    .map(({ id, me }) => ({ conversationId: id, me }));
  return {
    ...{ kind: 'resumed', userChange: userHeadOf(rows, userId), repairs, memberships, serverTime },
    added: added.slice(0, limits.resumeMaxAdded),
    addedMore: added.length > limits.resumeMaxAdded,
    ...(removed.length === 0 ? {} : { removed }),
  };
}

function removedSince(
  rows: Rows,
  userId: string,
  conversationId: string,
  since: number,
): { conversationId: string; seqs: number[] } | undefined {
  const member = rows.get<MemberRow>(rowOf.member(conversationId, userId));
  if (member === undefined) return undefined;
  const seqs = [...removedBy(rows, member)].filter(([, change]) => change > since).map(([seq]) => seq);
  return seqs.length === 0 ? undefined : { conversationId, seqs };
}

/** Nothing when the client has it all; `anew`: a reset, whether it has or not. */
function repairOf(rows: Rows, userId: string, id: string, since: number, anew = false): ConversationRepair | undefined {
  const view = viewOf(rows, id, userId);
  const member = rows.get<MemberRow>(rowOf.member(id, userId));
  if (view === undefined || member === undefined) return { kind: 'gone', conversationId: id };
  if (anew) return resetOf(rows, member, view);
  if (view.head.change === since) return undefined;
  const missing = view.head.change - since;
  if (since === 0 || missing < 0 || missing > limits.changesMax) return resetOf(rows, member, view);
  const head = rows.get<HeadRow>(rowOf.head(id)) ?? { seq: 0, change: 0, countable: 0 };
  const moved = membersOf(rows, id).filter(({ change }) => change > since && change <= view.head.change);
  const group = rows.get<GroupRow>(rowOf.group(id));
  const removed = removedBy(rows, member);
  const messages = changedMessages(rows, id, since, head).filter(({ seq }) => isWithin(member.visible, seq) && !removed.has(seq));
  // Of what somebody who has left could see more may have been touched afterwards.
  if (messages.length > limits.changesMax) return resetOf(rows, member, view);
  const pinsChange = rows.get<ConversationRow>(rowOf.conversation(id))?.pinsChange ?? 0;
  const isGroupTold = group !== undefined && group.change > since && group.change <= view.head.change;
  return {
    ...{ kind: 'changes', conversationId: id, since, head: view.head, countable: view.countable },
    messages: messages.map((row) => messageFor(rows, row, member)),
    members: moved.filter(({ leftAt }) => leftAt === null).map(memberViewOf),
    leftUserIds: moved.filter(({ leftAt }) => leftAt !== null).map((one) => one.userId),
    ...(isGroupTold ? { group: { name: group.name, memberCount: group.memberCount } } : {}),
    ...(view.peerReadSeq === undefined ? {} : { peerReadSeq: view.peerReadSeq }),
    ...(pinsChange > since ? { pins: view.pins ?? [] } : {}),
    me: view.me,
  };
}

function resetOf(rows: Rows, member: MemberRow, conversation: ConversationView): ConversationRepair {
  const messages = shownMessages(rows, member, 1, conversation.head.seq).slice(-limits.latestPageMessages);
  return { kind: 'reset', conversation, messages };
}

export function changes(rows: Rows, userId: string, id: string, since: number): ConversationRepair {
  const repair = repairOf(rows, userId, id, since);
  if (repair !== undefined) return repair;
  const view = viewOf(rows, id, userId);
  if (view === undefined) return { kind: 'gone', conversationId: id };
  if (since === 0) return { kind: 'reset', conversation: view, messages: [] };
  const { head, countable, me } = view;
  return { kind: 'changes', conversationId: id, since, head, countable, messages: [], members: [], leftUserIds: [], me };
}

export function listMessages(rows: Rows, userId: string, input: ListMessagesInput): ListMessagesResult {
  const { member } = accessOf(rows, userId, input.conversationId, 'read');
  const head = headOf(rows, member);
  const all = shownMessages(rows, member, 1, head.seq);
  const limit = input.limit ?? limits.pageDefault;
  const indexFrom = (seq: number) => {
    const index = all.findIndex((message) => message.seq >= seq);
    return index === -1 ? all.length : index;
  };
  let start = Math.max(0, all.length - limit);
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
  const { seq, change } = head;
  return { items: all.slice(start, end), head: { seq, change }, hasBefore: start > 0, hasAfter: end < all.length };
}
