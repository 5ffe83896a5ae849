import { type ConversationLine, userOf } from '../../history/line.ts';
import { broughtInBy, type Case, describeMember } from './case.ts';

type Received = Extract<ConversationLine, { op: 'received' }>;

/** I16: who has left at change n hears of nothing above n until they are back. I18: a leaving or joining that was told holds. */
export function checkMembership(one: Case): void {
  checkSilence(one);
  checkToldMemberships(one);
}

function checkSilence({ id, lines, stored, found }: Case): void {
  const ranges = awayRanges(lines, stored.members);
  if (ranges.size === 0) return;
  for (const line of lines) {
    if (line.op !== 'received' || line.change === undefined) continue;
    const user = userOf(line.by);
    for (const { from, to, left } of ranges.get(user) ?? []) {
      if (line.change <= from || line.change >= to) continue;
      found.add('I16', id, `${user} had left at change ${from} and heard of change ${line.change}`, [left, line]);
    }
  }
}

interface Away {
  from: number;
  to: number;
  left: Received | undefined;
}

/** The changes between each leaving and coming back, as anybody was told of them; the last leaving is in the row, too. */
function awayRanges(lines: readonly ConversationLine[], members: Case['stored']['members']): Map<string, Away[]> {
  const moves = new Map<string, Map<number, Received | undefined>>();
  const joins = new Map<string, Set<number>>();
  for (const line of lines) {
    if (line.op !== 'received' || line.change === undefined || line.user === undefined) continue;
    if (line.type === 'member.left') {
      const known = moves.get(line.user) ?? new Map<number, Received | undefined>();
      moves.set(line.user, known.set(line.change, known.get(line.change) ?? line));
    } else if (line.type === 'member.joined') {
      joins.set(line.user, (joins.get(line.user) ?? new Set()).add(line.change));
    }
  }
  for (const { userId, left, change } of members) {
    if (!left) continue;
    const known = moves.get(userId) ?? new Map<number, Received | undefined>();
    if (!known.has(change)) moves.set(userId, known.set(change, undefined));
  }
  const ranges = new Map<string, Away[]>();
  for (const [user, leavings] of moves) {
    const back = [...(joins.get(user) ?? [])].sort((a, b) => a - b);
    const last = members.find((member) => member.userId === user);
    ranges.set(
      user,
      [...leavings].flatMap(([from, left]) => {
        const to =
          back.find((change) => change > from) ?? (last?.left && last.change === from ? Number.POSITIVE_INFINITY : undefined);
        // When they came back nobody saw; then nothing can be said of this time.
        return to === undefined ? [] : [{ from, to, left }];
      }),
    );
  }
  return ranges;
}

function checkToldMemberships({ id, lines, members, found }: Case): void {
  const invited = invitedUntil(lines);
  for (const line of lines) {
    if (!('phase' in line) || line.phase !== 'ok') continue;
    if (line.op === 'act' && line.verb === 'kick') {
      const member = line.user === undefined ? undefined : members.get(line.user);
      if (member === undefined || member.left || (invited.get(member.userId) ?? 0) > line.from) continue;
      found.add('I18', id, `${member.userId} was told to be removed and is not`, [line], [describeMember(member)]);
    } else if (line.op === 'invite' || line.op === 'create' || line.op === 'openDirect') {
      const absent = line.users.find((user) => !members.has(user));
      if (absent !== undefined) found.add('I18', id, `${absent} was told to be in and is not`, [line]);
    } else if (line.op === 'leave') {
      const user = userOf(line.by);
      const member = members.get(user);
      const cameBack = (invited.get(user) ?? 0) > line.from;
      if (member === undefined || member.left || cameBack) continue;
      found.add('I18', id, `${user} was told to have left and has not`, [line], [describeMember(member)]);
    }
  }
}

/** Until when each person may have been brought in, or have come: for ever, if nobody knows what became of that. */
function invitedUntil(lines: readonly ConversationLine[]): Map<string, number> {
  const answered = new Set<string>();
  for (const line of lines) {
    if ((line.op === 'invite' || line.op === 'act') && line.phase !== 'invoke') answered.add(`${line.by} ${line.from}`);
  }
  const until = new Map<string, number>();
  for (const line of lines) {
    const users = broughtInBy(line);
    if (users.length === 0 || !('phase' in line) || line.phase === 'fail') continue;
    const isOpen = line.phase === 'info' || (line.phase === 'invoke' && !answered.has(`${line.by} ${line.t}`));
    const at = isOpen ? Number.POSITIVE_INFINITY : line.t;
    for (const user of users) until.set(user, Math.max(at, until.get(user) ?? 0));
  }
  return until;
}
