import { type ConversationLine, userOf } from '../../history/line.ts';
import { type Case, countableUpTo, describeMember } from './case.ts';

type Position = Extract<ConversationLine, { op: 'position' }>;
type Read = Extract<ConversationLine, { op: 'markRead'; phase: 'ok' }>;

/** I12: what was told as read stays read. I13: unread is exact at rest, and within its bounds before. */
export function checkReadPositions(one: Case): void {
  const { id, lines, stored, members, found } = one;
  for (const member of stored.members) {
    if (member.readSeq > stored.head.seq) {
      found.add('I12', id, `${member.userId} has read beyond the head`, [], [describeMember(member)]);
    }
    if (member.readSeq > 0 && member.readCountable !== countableUpTo(stored, member.readSeq)) {
      const what = `${member.userId} has read ${member.readSeq} messages, which is stored as ${member.readCountable} countable ones`;
      found.add('I13', id, what, [], [describeMember(member)]);
    }
  }
  const last = new Map<string, Position>();
  const highest = new Map<string, Read>();
  const refused = new Set<string>();
  for (const line of lines) {
    if (line.op === 'markRead') {
      if (line.phase === 'fail') refused.add(line.by);
      if (line.phase !== 'ok') continue;
      const user = userOf(line.by);
      if (line.readSeq > (highest.get(user)?.readSeq ?? 0)) highest.set(user, line);
      if (line.unread < 0) found.add('I13', id, `${user} was told of ${line.unread} unread messages`, [line]);
    } else if (line.op === 'position') {
      const before = last.get(line.by);
      last.set(line.by, line);
      // What was read on the device only is taken back when the server refuses it.
      if (before !== undefined && line.readSeq < before.readSeq && !refused.has(line.by)) {
        found.add('I12', id, `${line.by} showed ${before.readSeq} as read, and later ${line.readSeq}`, [before, line]);
      }
      checkBounds(one, line);
    }
  }
  for (const [user, line] of highest) {
    const member = members.get(user);
    if (member === undefined || member.readSeq < line.readSeq) {
      found.add(
        'I12',
        id,
        `${user} had read up to ${line.readSeq}, and it is not stored`,
        [line],
        member && [describeMember(member)],
      );
    }
  }
}

/** While things move a device may not know all that was read; it never shows fewer than there are, nor more than were ever said. */
function checkBounds({ id, stored, members, found }: Case, line: Position): void {
  const countable = countableUpTo(stored, line.seq);
  const member = members.get(userOf(line.by));
  const between = stored.messages.slice(line.readSeq, line.seq);
  // What counts no longer in the end may have counted no longer then.
  const gone = between.filter((row) => row.countable && (row.gone !== null || member?.removed.includes(row.seq) === true)).length;
  const least = Math.max(0, countable - countableUpTo(stored, line.readSeq) - gone);
  if (line.unread < least || line.unread > countable) {
    found.add('I13', id, `${line.by} showed ${line.unread} unread messages, there were ${least} to ${countable}`, [line]);
  }
}
