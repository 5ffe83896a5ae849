import { type ConversationLine, userOf } from '../../history/line.ts';
import { type Case, countsNoMore, describeMember, isGoneFor, isThere } from './case.ts';
import type { StoredMember, StoredRow } from './stored.ts';
import type { Invariant } from './violation.ts';

type End = Extract<ConversationLine, { op: 'end' }>;

/**
 * What everybody has when all is over: a device that lived through it, and one that began with nothing. I1 and I6: every message that
 * may be read, I3: once, I5: in order; I13: the right count of unread ones; I14: the same view of everything; I17: in every device.
 */
export function checkEnds(one: Case): void {
  const { id, lines, stored, members, devices, found } = one;
  const ends = lines.filter((line): line is End => line.op === 'end');
  const hasCold = new Set(ends.filter((end) => end.view === 'cold').map((end) => userOf(end.by)));
  const lives = new Set(ends.map((end) => end.by));
  // Of what somebody has left and cleared nothing is known any more.
  const knows = (member: StoredMember) => !member.left || member.visible.length > 0;
  for (const member of stored.members) {
    if (!knows(member)) continue;
    if (!hasCold.has(member.userId)) {
      found.add('I17', id, `a new device of ${member.userId} does not know the conversation`, [], [describeMember(member)]);
    }
  }
  for (const life of devices.lastLives) {
    const member = members.get(userOf(life));
    if (member === undefined || lives.has(life) || !knows(member)) continue;
    found.add('I17', id, `${life} does not know the conversation`, [], [describeMember(member)]);
  }
  const active = stored.members.filter((member) => !member.left);
  for (const end of ends) {
    const member = members.get(userOf(end.by));
    if (member === undefined) {
      found.add('I16', id, `${end.by} knows a conversation that is not theirs`, [end]);
      continue;
    }
    checkItems(one, end, member);
    checkUnread(one, end, member);
    checkView(one, end, member, active);
  }
}

function checkItems({ id, stored, found }: Case, end: End, member: StoredMember): void {
  const wrong = wrongInItems(end, member, stored.messages);
  if (wrong !== null) found.add(wrong.invariant, id, `${end.by} ${wrong.what}`, [end], [describeMember(member)]);
}

/** The first thing that is wrong with what a device shows; null: nothing is. */
function wrongInItems(
  end: End,
  member: StoredMember,
  messages: readonly StoredRow[],
): { invariant: Invariant; what: string } | null {
  const headSeq = messages.length;
  // Who lived through it is asked for the last pages only.
  let next = end.view === 'live' ? (end.items[0]?.[0] ?? 1) : 1;
  const firstVisible = (from: number) => {
    let seq = from;
    while (seq <= headSeq && !isShown(member, messages[seq - 1])) seq++;
    return seq;
  };
  for (const [i, [seq]] of end.items.entries()) {
    const before = end.items[i - 1]?.[0] ?? 0;
    if (seq === before) return { invariant: 'I3', what: `shows message ${seq} twice` };
    if (seq < before) return { invariant: 'I5', what: `shows message ${seq} after ${before}` };
  }
  const shown = end.items.find(([seq]) => {
    const row = messages[seq - 1];
    // Who had left has not heard of it, but cannot read it anew either.
    return row?.gone === 'expired' && (end.view === 'cold' || isGoneFor(member, row));
  });
  if (shown !== undefined) return { invariant: 'I28', what: `still shows message ${shown[0]}, which has disappeared` };
  for (const [seq] of end.items) {
    const missed = firstVisible(next);
    if (missed < seq) return { invariant: 'I1', what: `does not have message ${missed}` };
    next = seq + 1;
  }
  const missed = firstVisible(next);
  return missed <= headSeq ? { invariant: 'I1', what: `does not have message ${missed}` } : null;
}

/** A timeline leaves out what has disappeared; of what was taken back it shows so much. */
function isShown(member: StoredMember, row: StoredRow | undefined): boolean {
  return row !== undefined && isThere(member, row.seq) && row.gone !== 'expired';
}

/** Counted one by one. */
function checkUnread({ id, stored, found }: Case, end: End, member: StoredMember): void {
  const proof = [describeMember(member)];
  if (end.readSeq !== member.readSeq) {
    found.add('I12', id, `${end.by} shows ${end.readSeq} as read, ${member.readSeq} is stored`, [end], proof);
  }
  const upTo = member.left ? (member.visible.at(-1)?.[1] ?? 0) : stored.head.seq;
  const isUnread = (row: StoredRow) => row.seq > member.readSeq && row.seq <= upTo && !countsNoMore(member, row);
  const unread = stored.messages.filter((row) => row.countable && isUnread(row)).length;
  if (end.unread !== unread)
    found.add('I13', id, `${end.by} shows ${end.unread} unread messages, there are ${unread}`, [end], proof);
}

function checkView({ id, stored, found }: Case, end: End, member: StoredMember, active: readonly StoredMember[]): void {
  const proof = [describeMember(member)];
  const { head, group } = stored;
  if (end.left !== member.left)
    found.add('I14', id, `${end.by} shows ${userOf(end.by)} as ${end.left ? 'gone' : 'there'}`, [end], proof);
  if (member.left) return;
  if (group !== undefined && (end.dismissed === true) !== group.dismissed) {
    found.add('I34', id, `${end.by} shows the group as ${end.dismissed ? 'dismissed' : 'alive'}`, [end]);
  }
  if (end.head[0] !== head.seq || end.head[1] !== head.change) {
    found.add('I17', id, `${end.by} is at change ${end.head[1]}, the head is at ${head.change}`, [end]);
  }
  if (end.role !== member.role) found.add('I14', id, `${end.by} shows the role ${end.role}, not ${member.role}`, [end], proof);
  if (group === undefined) return;
  if (end.title !== group.name) found.add('I14', id, `${end.by} shows the name “${end.title}”, not “${group.name}”`, [end]);
  if (end.memberCount !== group.memberCount || group.memberCount !== active.length) {
    const what = `${end.by} shows ${end.memberCount} members, ${group.memberCount} are counted, ${active.length} are stored`;
    found.add('I14', id, what, [end]);
  }
  if (end.members === undefined) return;
  const told = end.members.map(([userId, role]) => `${userId} ${role}`).sort();
  const expected = active.map(({ userId, role }) => `${userId} ${role}`).sort();
  if (told.join() !== expected.join()) {
    found.add('I14', id, `${end.by} was told other members than are stored`, [end], [`members: ${expected.join(', ')}`]);
  }
}
