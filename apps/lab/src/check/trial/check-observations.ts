import { type ConversationLine, type Item, userOf } from '../../history/line.ts';
import { type Case, describeMember, describeRow, isVisible } from './case.ts';

/**
 * What anybody saw, at any time: I2 (it exists), I4 (it is the same for all), I16 (they may see it). The database is who all are
 * compared with.
 */
export function checkObservations(one: Case): void {
  const { id, lines, stored, found } = one;
  const facts = new Map<number, Extract<ConversationLine, { op: 'received' }>>();
  const told = new Set<number>();
  const rowOfChange = new Map(stored.messages.filter((row) => !row.isChanged).map((row) => [row.change, row]));
  for (const line of lines) {
    for (const item of itemsOf(line)) checkItem(one, line, item);
    if (line.op !== 'received' || line.change === undefined || line.item !== undefined || isVeiled(line)) continue;
    const known = facts.get(line.change);
    if (known === undefined) facts.set(line.change, line);
    else if ((known.type !== line.type || known.user !== line.user) && !told.has(line.change)) {
      told.add(line.change);
      found.add('I4', id, `change ${line.change} is two different things`, [known, line]);
    }
    const row = rowOfChange.get(line.change);
    if (row !== undefined) found.add('I4', id, `change ${line.change} is ${line.type} and a message`, [line], [describeRow(row)]);
  }
}

/** Told to who may not know more: that there was something, and not what. */
function isVeiled({ type }: Extract<ConversationLine, { op: 'received' }>): boolean {
  return type === 'message.withheld' || type === 'members.changed';
}

export function itemsOf(line: ConversationLine): readonly Item[] {
  if (line.op === 'repair' || line.op === 'page' || line.op === 'end') return line.items;
  if (line.op === 'applied' || line.op === 'told') return [line.item];
  return line.op === 'received' && line.item !== undefined ? [line.item] : [];
}

function checkItem({ id, stored, members, cleared, found }: Case, line: ConversationLine, item: Item): void {
  const [seq, change, clientMessageId, digest, contentChange = 0] = item;
  const row = stored.messages[seq - 1];
  const user = userOf(line.by);
  if (row === undefined) {
    found.add('I2', id, `${user} saw message ${seq}, which is not stored`, [line]);
    return;
  }
  // What a timeline shows in the end is compared by itself.
  const isSame =
    line.op === 'end' || contentChange < row.contentChange || (contentChange === row.contentChange && row.digest === digest);
  const isLater = change > row.change;
  if (row.id !== clientMessageId || !isSame || isLater) {
    found.add('I4', id, `${user} saw message ${seq} as another one than is stored`, [line], [describeRow(row)]);
  }
  const member = members.get(user);
  if (!isVisible(member, seq) && seq > (cleared.get(user) ?? 0)) {
    found.add('I16', id, `${user} saw message ${seq}, which is not theirs to read`, [line], member && [describeMember(member)]);
  }
}
