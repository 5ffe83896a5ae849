import { type ActLine, type ConversationLine, userOf } from '../../history/line.ts';
import { type Case, describeRow } from './case.ts';
import type { StoredRow } from './stored.ts';

type Told = Extract<ConversationLine, { op: 'told' }>;

/**
 * What was done with messages, in the database. I1: an acknowledged edit or taking back is there, unless a later one came. I2: other
 * words than were sent are those of somebody's edit, and what is gone was taken back by somebody.
 */
export function checkAmended(one: Case): void {
  const { id, lines, stored, found } = one;
  const acts = new Map<number, ActLine[]>();
  for (const line of lines) {
    if (line.op === 'told' && line.changed) checkTold(one, line);
    if (line.op !== 'act' || line.seq === undefined) continue;
    if (line.phase === 'invoke') acts.set(line.seq, [...(acts.get(line.seq) ?? []), line]);
    if (line.phase === 'ok' && line.verb === 'revoke') checkGone(one, line, stored.messages[line.seq - 1]);
  }
  for (const row of stored.messages) {
    if (row.contentChange === 0 || row.gone === 'expired') continue;
    const wanted = acts.get(row.seq) ?? [];
    const isWanted =
      row.gone === 'revoked'
        ? wanted.some(({ verb }) => verb === 'revoke')
        : wanted.some((line) => line.verb === 'edit' && line.value === row.words && userOf(line.by) === row.sender);
    if (!isWanted) found.add('I2', id, `nobody wanted message ${row.seq} to be as it is`, wanted, [describeRow(row)]);
  }
}

function checkTold({ id, stored, found }: Case, line: Told): void {
  const row = stored.messages[line.item[0] - 1];
  if (row === undefined || row.change >= line.item[1]) return;
  found.add('I1', id, `a change of message ${row.seq} was acknowledged and is not stored`, [line], [describeRow(row)]);
}

function checkGone({ id, found }: Case, line: ActLine, row: StoredRow | undefined): void {
  if (row === undefined || row.gone !== null) return;
  found.add('I1', id, `message ${row.seq} was acknowledged as taken back and is not`, [line], [describeRow(row)]);
}
