import { type ConversationLine, userOf } from '../../history/line.ts';
import { type Case, describeMember, isThere } from './case.ts';
import type { StoredMember } from './stored.ts';

type End = Extract<ConversationLine, { op: 'end' }>;

/** So many are told at most. */
const mentionsMaxShown = 100;

/**
 * What only the person sees, when all is over. I29: the unread mentions are those of a recount, message by message. I30: what they have
 * settled is the same on every device as in the database.
 */
export function checkOwnSide(one: Case): void {
  const { id, lines, members, found } = one;
  for (const line of lines) {
    if (line.op !== 'end') continue;
    const member = members.get(userOf(line.by));
    if (member === undefined) continue;
    checkMentions(one, line, member);
    for (const name of Object.keys(line.own) as (keyof End['own'])[]) {
      if (line.own[name] === member.own[name]) continue;
      const what = `${line.by} has ${name} “${line.own[name]}”, stored is “${member.own[name]}”`;
      found.add('I30', id, what, [line], [describeMember(member)]);
    }
  }
}

function checkMentions({ id, stored, found }: Case, line: End, member: StoredMember): void {
  const { userId, readSeq } = member;
  const mentions = stored.messages.filter(
    (row) =>
      row.seq > readSeq &&
      row.countable &&
      row.sender !== userId &&
      row.gone === null &&
      isThere(member, row.seq) &&
      (row.mentions.includes(userId) || row.mentions.includes('*')),
  );
  // Who has left does not hear what was taken back since.
  if (member.left || line.mentions === Math.min(mentions.length, mentionsMaxShown)) return;
  const what = `${line.by} shows ${line.mentions} unread mentions, there are ${mentions.length}`;
  found.add('I29', id, what, [line], [describeMember(member)]);
}
