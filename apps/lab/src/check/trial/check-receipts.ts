import { type ConversationLine, type ReceiptsLine, userOf } from '../../history/line.ts';
import { broughtInBy, type Case, describeMember, isVisible } from './case.ts';

/**
 * I37: who has read a message is said as it is. Whoever had been told that they have read so far is among the readers, and nobody is who
 * has neither tried to read so far, nor said something, nor come later. The numbers are those of the lists.
 */
export function checkReceipts(one: Case): void {
  const { lines } = one;
  if (!lines.some(({ op }) => op === 'receipts')) return;
  const reading = new Map<string, ConversationLine[]>();
  for (const line of lines) {
    if (line.op !== 'send' && line.op !== 'markRead' && line.op !== 'act') continue;
    const user = userOf(line.by);
    const own = reading.get(user);
    if (own === undefined) reading.set(user, [line]);
    else own.push(line);
  }
  // Who comes into a group begins with nothing unread.
  const comers = new Set(lines.flatMap(broughtInBy));
  for (const line of lines) if (line.op === 'receipts') check(one, line, reading, comers);
}

function check(
  { id, members, away, cleared, found }: Case,
  told: ReceiptsLine,
  readingOf: ReadonlyMap<string, readonly ConversationLine[]>,
  comers: ReadonlySet<string>,
): void {
  const { seq, readBy, notYetReadBy, readCount, outOf } = told;
  const all = [...readBy, ...notYetReadBy];
  const isCounted = readBy.length === readCount && all.length === outOf && new Set(all).size === all.length;
  if (!isCounted || all.includes(userOf(told.by))) {
    found.add('I37', id, `the receipts of message ${seq} do not add up`, [told]);
  }
  for (const [user, member] of members) {
    const reading = (readingOf.get(user) ?? []).filter((line) => reads(line, seq));
    const sure = reading.find((line) => line.op === 'markRead' && line.phase === 'ok' && line.t < told.from);
    // Who went meanwhile, or has made it vanish for themselves, may be none to be told of.
    const isSteady = !away.has(user) && isVisible(member, seq) && (cleared.get(user) ?? 0) < seq;
    if (sure !== undefined && isSteady && user !== userOf(told.by) && !readBy.includes(user)) {
      found.add(
        'I37',
        id,
        `${user} had read message ${seq} and is not among its readers`,
        [sure, told],
        [describeMember(member)],
      );
    }
    const mayHave = reading.some((line) => line.t < told.t);
    if (readBy.includes(user) && !mayHave && !comers.has(user)) {
      found.add(
        'I37',
        id,
        `${user} is among the readers of message ${seq} and has not read it`,
        [told],
        [describeMember(member)],
      );
    }
  }
}

/**
 * Something by which somebody has read up to there, or may have: a message of one's own counts as having read all before it, and what one
 * clears is read.
 */
function reads(line: ConversationLine, seq: number): boolean {
  if (line.op === 'send') return line.phase === 'attempt';
  if (line.op === 'act') return line.verb === 'clear';
  if (line.op !== 'markRead') return false;
  return line.phase === 'attempt' ? line.seq >= seq : line.phase === 'ok' && line.readSeq >= seq;
}
