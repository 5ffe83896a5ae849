import type { ConversationLine } from '../../history/line.ts';
import { type Case, describeRow, livelyMicros } from './case.ts';
import { itemsOf } from './check-observations.ts';

type Received = Extract<ConversationLine, { op: 'received' }>;

/** The server looks once a second; a busy machine, and what a fault has left behind, take their time. */
const lateMaxMicros = 15_000 * 1_000;
/** Clocks of two processes of one machine. */
const earlyMaxMicros = 500 * 1_000;

/**
 * I28: a message of private mode disappears when its time is over, by the server and for everybody: not before, and not long after. Times
 * in which something was wrong do not count.
 */
export function checkDisappearing({ id, lines, stored, devices, found }: Case): void {
  const due = new Map<number, { at: number; line: Received }>();
  const gone = new Map<number, ConversationLine>();
  for (const line of lines) {
    for (const [seq, , , , contentChange = 0] of itemsOf(line)) {
      const row = stored.messages[seq - 1];
      if (row?.gone === 'expired' && contentChange >= row.contentChange && !gone.has(seq)) gone.set(seq, line);
    }
    if (line.op !== 'received') continue;
    const { seq, dueInMs, type } = line;
    const isDated = type === 'message.expiring' || type === 'message.sent';
    if (isDated && seq !== undefined && dueInMs !== undefined) {
      const at = line.t + dueInMs * 1_000;
      if (at < (due.get(seq)?.at ?? Number.POSITIVE_INFINITY)) due.set(seq, { at, line });
    }
  }
  const endsAt = lines.find((line) => line.op === 'end')?.t ?? lines.at(-1)?.t ?? 0;
  for (const [seq, { at, line }] of due) {
    const row = stored.messages[seq - 1];
    if (row === undefined || row.gone === 'revoked') continue;
    const told = gone.get(seq);
    if (told !== undefined && told.t < at - earlyMaxMicros) {
      found.add('I28', id, `message ${seq} disappeared before its time`, [line, told], [describeRow(row)]);
    }
    const until = told?.t ?? endsAt;
    const troubled = devices.faultTimes.reduce(
      (sum, [from, to]) => sum + Math.max(0, Math.min(to, until) - Math.max(from, at)),
      0,
    );
    // Nobody who saw it has to be there when it goes.
    if (told === undefined && row.gone === 'expired') continue;
    if (livelyMicros(devices, at, until) - troubled <= lateMaxMicros) continue;
    const what = told === undefined ? 'has not disappeared' : 'disappeared late';
    found.add('I28', id, `message ${seq} ${what}`, [line, told], [describeRow(row)]);
  }
  for (const row of stored.messages) {
    if (row.gone !== 'expired') continue;
    if (row.mentions.length > 0 || row.reactions !== '' || row.quote !== null || stored.pins.includes(row.seq)) {
      found.add('I28', id, `something is left of message ${row.seq}, which has disappeared`, [], [describeRow(row)]);
    }
  }
}
