import type { BusMessage } from '@nexo/api';
import {
  AppError,
  type ConversationEvent,
  type ConversationView,
  can,
  defaultGroupRules,
  directConversationId,
  groupConversationId,
  limits,
  type MarkReadResult,
  type MuteMemberInput,
  type NoticeContent,
  selfConversationId,
  type UserView,
} from '@nexo/shared';
import {
  type ConversationRow,
  type GroupRow,
  type HeadRow,
  type MemberRow,
  type Rows,
  rowOf,
  type Transaction,
} from './model-database.ts';
import { visibleMessages } from './model-messages.ts';
import { accessOf, membersOf, memberViewOf, viewOf } from './model-reads.ts';
import { insertNotice, lockHead, tellJoined, tellMyself, transact, type VerbContext, writeMember } from './model-transact.ts';

function insertMember(tx: Transaction, member: MemberRow): void {
  const { conversationId, userId } = member;
  const files = [`members of ${conversationId}`, `memberships of ${userId}`];
  tx.insert(rowOf.member(conversationId, userId), member, files);
}

export function newMember(conversationId: string, userId: string, joinedAt: number, change: number): MemberRow {
  return {
    ...{ conversationId, userId, joinedAt, change, role: 'member' },
    visible: [{ from: 1, to: null }],
    ...{ leftAt: null, readSeq: 0, readCountable: 0, hiddenSeq: null, clearedAt: null, mutedUntil: null, userChange: 0 },
  };
}

export function leaveGroup(ctx: VerbContext, userId: string, id: string): Promise<void> {
  return transact(ctx, async (transaction, tell) => {
    const head = await lockHead(transaction, id);
    const { conversation, member } = await transaction.statement('access', [], (tx) => accessOf(tx, userId, id, 'send'));
    if (conversation.kind !== 'group') throw new AppError('FORBIDDEN');
    const from = head.change + 1;
    const locks = [rowOf.member(id, userId), rowOf.group(id)];
    const events = await transaction.statement('leave', locks, (tx) => {
      const left = removeMember(ctx, tx, id, userId, head);
      return [left];
    });
    if (member.role === 'owner') {
      const heir = await transaction.statement('heir', [], (tx) => heirOf(tx, id));
      const heirs = heir === undefined ? [] : [rowOf.member(id, heir)];
      events.push(...(await transaction.statement('hand over', heirs, (tx) => handOver(tx, id, heir, head))));
    }
    const notice = await transaction.statement('notice', [], (tx) => {
      const content: NoticeContent = { type: 'notice', notice: 'member.left', actorId: userId, userIds: [userId] };
      const told = insertNotice(ctx, tx, id, head, content);
      tx.write(rowOf.head(id), { ...head });
      return told;
    });
    events.push(notice);
    tell({ kind: 'conversation', conversationId: id, from, to: head.change, events });
    await tellMyself(transaction, tell, id, userId);
  });
}

function removeMember(ctx: VerbContext, tx: Transaction, id: string, userId: string, head: HeadRow): ConversationEvent {
  head.change++;
  const visible = (tx.get<MemberRow>(rowOf.member(id, userId))?.visible ?? [])
    .map(({ from, to }) => ({ from, to: Math.min(to ?? head.seq + 1, head.seq + 1) }))
    .filter(({ from, to }) => from < to);
  writeMember(tx, id, userId, { leftAt: ctx.now(), change: head.change, role: 'member', visible });
  const memberCount = countMembers(tx, id, -1, head.change);
  return { type: 'member.left', conversationId: id, change: head.change, userId, memberCount };
}

function countMembers(tx: Transaction, id: string, by: number, change: number): number {
  const group = tx.get<GroupRow>(rowOf.group(id));
  if (group === undefined) return 0;
  const memberCount = group.memberCount + by;
  tx.write(rowOf.group(id), { ...group, memberCount, change });
  return memberCount;
}

function heirOf(rows: Rows, id: string): string | undefined {
  const members = membersOf(rows, id).filter(({ leftAt }) => leftAt === null);
  return members.sort((a, b) => a.joinedAt - b.joinedAt || (a.userId < b.userId ? -1 : 1))[0]?.userId;
}

function handOver(tx: Transaction, id: string, heir: string | undefined, head: HeadRow): ConversationEvent[] {
  const known = heir === undefined ? undefined : tx.get<MemberRow>(rowOf.member(id, heir));
  if (known === undefined) return [];
  head.change++;
  writeMember(tx, id, known.userId, { role: 'owner', change: head.change });
  const member = memberViewOf({ ...known, role: 'owner' });
  return [{ type: 'member.updated', conversationId: id, change: head.change, member }];
}

export function inviteMembers(
  ctx: VerbContext,
  userId: string,
  id: string,
  invited: readonly string[],
): Promise<{ addedUserIds: string[] }> {
  return transact(ctx, async (transaction, tell) => {
    const head = await lockHead(transaction, id);
    const added = await transaction.statement('access', [], (tx) => {
      accessOf(tx, userId, id, 'invite');
      const present = new Set(membersOf(tx, id).flatMap((member) => (member.leftAt === null ? [member.userId] : [])));
      return invited.filter((other) => !present.has(other));
    });
    if (added.length === 0) return { addedUserIds: [] };
    const from = head.change + 1;
    const locks = [rowOf.group(id), ...added.map((other) => rowOf.member(id, other))];
    const events = await transaction.statement('join', locks, (tx) => {
      const memberCount = countMembers(tx, id, added.length, head.change + added.length);
      const joined = added.map((other) => addMember(ctx, tx, id, other, head, memberCount));
      const notice = insertNotice(ctx, tx, id, head, {
        ...{ type: 'notice', notice: 'member.joined', actorId: userId, userIds: added },
      });
      tx.write(rowOf.head(id), { ...head });
      return [...joined, notice];
    });
    tell({ kind: 'conversation', conversationId: id, from, to: head.change, events });
    await tellJoined(transaction, tell, id, added);
    return { addedUserIds: added };
  });
}

/** Reads from the next message on, and again what could be read before. */
function addMember(
  ctx: VerbContext,
  tx: Transaction,
  id: string,
  userId: string,
  head: HeadRow,
  memberCount: number,
): ConversationEvent {
  head.change++;
  const known = tx.get<MemberRow>(rowOf.member(id, userId));
  const fresh = newMember(id, userId, ctx.now(), head.change);
  const last = known?.visible.at(-1);
  const touches = last?.to === head.seq + 1;
  const before = (known?.visible ?? []).slice(0, touches ? -1 : undefined);
  const visible = [...before, { from: touches && last !== undefined ? last.from : head.seq + 1, to: null }];
  const { seq: readSeq, countable: readCountable } = head;
  // What was cleared stays cleared, and who is muted stays muted.
  const { userChange = 0, clearedAt = null, mutedUntil = null } = known ?? {};
  const member: MemberRow = { ...fresh, visible, readSeq, readCountable, userChange, clearedAt, mutedUntil };
  if (known === undefined) insertMember(tx, member);
  else tx.write(rowOf.member(id, userId), member);
  return { type: 'member.joined', conversationId: id, change: head.change, member: memberViewOf(member), memberCount };
}

export function createGroup(
  ctx: VerbContext,
  me: string,
  input: { name: string; memberIds: string[]; clientGroupId?: string },
): Promise<ConversationView> {
  return transact(ctx, async (transaction, tell) => {
    const id = input.clientGroupId === undefined ? ctx.newId() : groupConversationId(me, input.clientGroupId);
    const others = input.memberIds.filter((other) => other !== me);
    const created = await transaction.statement('insert group', [rowOf.conversation(id)], (tx) => {
      if (tx.get(rowOf.conversation(id)) !== undefined) return false;
      insertGroup(ctx, tx, id, input.name, me, others);
      return true;
    });
    if (created) await tellJoined(transaction, tell, id, [me, ...others]);
    const view = await transaction.statement('view', [], (tx) => viewOf(tx, id, me));
    if (view === undefined) throw new AppError('NOT_FOUND');
    return view;
  });
}

export function newConversation(id: string, kind: ConversationRow['kind'], createdAt: number): ConversationRow {
  return { id, kind, createdAt, pins: [], pinsChange: 0 };
}

function insertGroup(ctx: VerbContext, tx: Transaction, id: string, name: string, owner: string, others: string[]): void {
  const now = ctx.now();
  tx.insert(rowOf.conversation(id), newConversation(id, 'group', now), ['conversations']);
  tx.insert(rowOf.group(id), { name, memberCount: others.length + 1, change: 1 } satisfies GroupRow);
  for (const userId of [owner, ...others]) {
    insertMember(tx, { ...newMember(id, userId, now, 1), role: userId === owner ? 'owner' : 'member' });
  }
  const head: HeadRow = { seq: 0, change: 0, countable: 0 };
  insertNotice(ctx, tx, id, head, { type: 'notice', notice: 'group.created', actorId: owner, userIds: others });
  tx.insert(rowOf.head(id), head);
}

export function openDirect(ctx: VerbContext, me: string, peerId: string): Promise<ConversationView> {
  return transact(ctx, async (transaction, tell) => {
    const id = peerId === me ? selfConversationId(me) : directConversationId(me, peerId);
    const created = await transaction.statement('insert pair', [rowOf.conversation(id)], (tx) => {
      if (tx.get<UserView>(rowOf.user(peerId)) === undefined) throw new AppError('NOT_FOUND');
      if (tx.get(rowOf.conversation(id)) !== undefined) return false;
      insertPair(ctx, tx, id, me, peerId);
      return true;
    });
    if (created) await tellJoined(transaction, tell, id, [...new Set([me, peerId])]);
    else await unhide(transaction, tell, id, me);
    const view = await transaction.statement('view', [], (tx) => viewOf(tx, id, me));
    if (view === undefined) throw new AppError('INTERNAL');
    return view;
  });
}

function insertPair(ctx: VerbContext, tx: Transaction, id: string, me: string, peerId: string): void {
  const now = ctx.now();
  const kind = me === peerId ? 'self' : 'direct';
  tx.insert(rowOf.conversation(id), newConversation(id, kind, now), ['conversations']);
  tx.insert(rowOf.head(id), { seq: 0, change: 0, countable: 0 } satisfies HeadRow);
  insertMember(tx, newMember(id, me, now, 0));
  if (kind === 'direct') insertMember(tx, { ...newMember(id, peerId, now, 0), hiddenSeq: 0 });
}

async function unhide(transaction: Transaction, tell: (message: BusMessage) => void, id: string, userId: string): Promise<void> {
  const shown = await transaction.statement('unhide', [rowOf.member(id, userId)], (tx) => {
    if (tx.get<MemberRow>(rowOf.member(id, userId))?.hiddenSeq === null) return false;
    writeMember(tx, id, userId, { hiddenSeq: null });
    return true;
  });
  if (shown) await tellMyself(transaction, tell, id, userId);
}

/** Groups above this size do not hear who read what. */
const receiptsMaxMembers = 100;

export function markRead(ctx: VerbContext, userId: string, id: string, seq: number): Promise<MarkReadResult> {
  return transact(ctx, async (transaction, tell) => {
    const { conversation, member } = await transaction.statement('access', [], (tx) => accessOf(tx, userId, id, 'read'));
    const readSeq = await transaction.statement('move read position', [rowOf.member(id, userId)], (tx) =>
      moveReadPosition(tx, id, userId, seq),
    );
    if (readSeq === null) {
      const view = await transaction.statement('view', [], (tx) => viewOf(tx, id, userId));
      return { readSeq: view?.me.readSeq ?? 0, unread: view?.me.unread ?? 0 };
    }
    const { me } = await tellMyself(transaction, tell, id, userId);
    const isHeard = conversation.kind !== 'self' && member.leftAt === null;
    const group = await transaction.statement('others', [], (tx) => tx.get<GroupRow>(rowOf.group(id)));
    if (isHeard && (group?.memberCount ?? 2) <= Math.min(receiptsMaxMembers, limits.groupMaxMembers)) {
      tell({ kind: 'read', event: { type: 'conversation.read', conversationId: id, userId, readSeq } });
    }
    return { readSeq, unread: me.unread };
  });
}

export function moveReadPosition(tx: Transaction, id: string, userId: string, seq: number): number | null {
  const member = tx.get<MemberRow>(rowOf.member(id, userId));
  const head = tx.get<HeadRow>(rowOf.head(id));
  if (member === undefined || head === undefined) return null;
  const upTo = visibleMessages(tx, member, 1, Math.min(seq, head.seq)).at(-1);
  if (upTo === undefined || upTo.seq <= member.readSeq) return null;
  writeMember(tx, id, userId, { readSeq: upTo.seq, readCountable: upTo.countableSeq });
  return upTo.seq;
}

/** Keeps a member of a lower role from writing, for so long from now. */
export function muteMember(ctx: VerbContext, userId: string, input: MuteMemberInput): Promise<{ mutedUntil: number | null }> {
  const { conversationId: id, userId: target, forMs } = input;
  return transact(ctx, async (transaction, tell) => {
    const head = await lockHead(transaction, id);
    const now = ctx.now();
    await transaction.statement('access', [], (tx) => demandMute(tx, id, userId, target, now));
    const mutedUntil = forMs === null ? null : now + forMs;
    const from = head.change + 1;
    const events = await transaction.statement('mute', [rowOf.member(id, target)], (tx): ConversationEvent[] => {
      head.change++;
      writeMember(tx, id, target, { mutedUntil, change: head.change });
      const member = tx.get<MemberRow>(rowOf.member(id, target));
      if (member === undefined) throw new AppError('INTERNAL');
      return [{ type: 'member.updated', conversationId: id, change: head.change, member: memberViewOf(member) }];
    });
    const notice = await transaction.statement('notice', [], (tx) => {
      const about = { type: 'notice' as const, actorId: userId, userIds: [target] };
      const told = insertNotice(ctx, tx, id, head, {
        ...about,
        ...(mutedUntil === null ? { notice: 'member.unmuted' } : { notice: 'member.muted', until: mutedUntil }),
      });
      tx.write(rowOf.head(id), { ...head });
      return told;
    });
    tell({ kind: 'conversation', conversationId: id, from, to: head.change, events: [...events, notice] });
    return { mutedUntil };
  });
}

function demandMute(rows: Rows, id: string, userId: string, targetId: string, now: number): void {
  const { conversation, member } = accessOf(rows, userId, id, 'send');
  const other = rows.get<MemberRow>(rowOf.member(id, targetId));
  if (conversation.kind !== 'group') throw new AppError('FORBIDDEN');
  if (other === undefined || other.leftAt !== null) throw new AppError('NOT_FOUND', { field: 'userId' });
  const actor = { userId, role: member.role, left: false };
  const target = { userId: targetId, role: other.role };
  if (!can('mute', { actor, rules: defaultGroupRules, dismissed: false, target, now }).allowed) throw new AppError('FORBIDDEN');
}
