import type { Verb } from '../../history/line.ts';
import { type Case, describeRow } from './case.ts';
import { itemsOf } from './check-observations.ts';

/**
 * I6, in the database alone: messages are 1 … n without a hole, the head says n, countable ones are counted one by one, and changes
 * ascend with the messages. I3: one clientMessageId of a sender is one row.
 */
export function checkNumbers({ id, stored, found, lines }: Case): void {
  const { head, messages } = stored;
  const seen = new Map<string, number>();
  let countable = 0;
  let change = 0;
  let latest = 0;
  for (const [index, row] of messages.entries()) {
    if (row.seq !== index + 1) {
      const what = row.seq <= index ? `message ${row.seq} is stored twice` : `after message ${index} comes ${row.seq}`;
      found.add('I6', id, what, [], [describeRow(row)]);
      return;
    }
    if (row.countable) countable++;
    if (row.countableSeq !== countable) {
      found.add(
        'I13',
        id,
        `message ${row.seq} counts ${row.countableSeq} countable ones, there are ${countable}`,
        [],
        [describeRow(row)],
      );
    }
    if (!row.isChanged && row.change <= change) {
      found.add(
        'I6',
        id,
        `message ${row.seq} has change ${row.change}, not above the ${change} before it`,
        [],
        [describeRow(row)],
      );
    }
    if (!row.isChanged) change = row.change;
    latest = Math.max(latest, row.change);
    const key = `${row.sender} ${row.id}`;
    const twin = seen.get(key);
    if (twin !== undefined) {
      const sends = lines.filter((line) => line.op === 'send' && line.id === row.id);
      found.add('I3', id, `${row.id} of ${row.sender} is both message ${twin} and message ${row.seq}`, sends, [describeRow(row)]);
    }
    seen.set(key, row.seq);
  }
  if (head.seq !== messages.length) found.add('I6', id, `the head says ${head.seq}, there are ${messages.length} messages`, []);
  if (head.countable !== countable) {
    found.add('I13', id, `the head counts ${head.countable} countable messages, there are ${countable}`, []);
  }
  if (head.change < latest) found.add('I6', id, `the head is at change ${head.change}, a message at ${latest}`, []);
  checkChanges({ id, stored, found, lines });
}

/** How many changes each of these takes at most: a person is changed and a notice says so; what is taken back is unpinned first. */
const changesOf: Partial<Record<Verb, number>> = {
  ...{ edit: 1, react: 1, unreact: 1, pin: 1, unpin: 1, private: 2 },
  ...{ revoke: 2, kick: 2, mute: 2, unmute: 2, promote: 2 },
  ...{ muteAll: 2, unmuteAll: 2, transfer: 3, autoDelete: 2, dismiss: 2, join: 2, apply: 2, accept: 2 },
};

/**
 * I6 for changes: each number up to the head is a message or something about members. What was overwritten since (somebody who left
 * and came back, a message that was edited again) is in no row; there can be no more of those than were done.
 */
function checkChanges({ id, stored, found, lines }: Pick<Case, 'id' | 'stored' | 'found' | 'lines'>): void {
  const { head, messages, members, group } = stored;
  const known = new Set([...messages.map((row) => row.change), ...members.map((member) => member.change)]);
  if (group !== undefined) known.add(group.change);
  // A message that disappears is given its time, and then goes.
  let overwritten = messages.filter((row) => row.expiresAt !== null).length;
  for (const line of lines) {
    if (line.op === 'received' && line.change !== undefined) known.add(line.change);
    for (const [, change] of itemsOf(line)) known.add(change);
    if (line.op === 'received') continue;
    // One for each who came; leaving is one, and handing over another.
    if (line.op === 'invite' && line.phase === 'invoke') overwritten += line.users.length;
    else if (line.op === 'leave' && line.phase === 'invoke') overwritten += 2;
    else if (line.op === 'act' && line.phase === 'invoke') overwritten += changesOf[line.verb] ?? 0;
    // What was refused has changed nothing.
    else if (line.op === 'act' && line.phase === 'fail') overwritten -= changesOf[line.verb] ?? 0;
  }
  let unexplained = 0;
  for (let change = 1; change <= head.change; change++) if (!known.has(change)) unexplained++;
  if (unexplained > overwritten) {
    found.add('I6', id, `${unexplained} of ${head.change} changes are in no row and nobody was told of them`, []);
  }
}
