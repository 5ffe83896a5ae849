import type { TimelineMessage } from '@nexo/client';
import { dayOf } from '../lib/time.ts';

/** What stands in the list of messages, from the oldest down. */
export type Row =
  | { type: 'date'; key: string; at: number }
  | { type: 'unread'; key: string; count: number }
  | { type: 'notice'; key: string; notices: readonly TimelineMessage[] }
  | { type: 'message'; key: string; message: TimelineMessage; first: boolean; last: boolean };

/** Where "New" begins: after this seq. Fixed when the conversation is opened. */
export interface Divider {
  afterSeq: number;
  count: number;
}

/** Messages of one author this far apart (ms) are no longer one group. */
const groupGapMaxMs = 5 * 60_000;
/**
 * A long run of one author is cut where its number divides by eight, if four of the run stand before it: so no group has more
 * than twelve (eleven), and where it is cut depends on the four rows above only. Counting from the first row that is loaded would
 * move every cut, and with it every row, when older ones arrive.
 */
const groupCutEvery = 8;
const groupCutAfterRows = 4;
/** From this many on, comings and goings fold into one row. */
const foldFromNotices = 3;

/**
 * Groups a timeline by day, author and time. `complete`: nothing older exists, so that the divider may stand before the first.
 */
export function buildRows(items: readonly TimelineMessage[], divider: Divider | null, complete: boolean): Row[] {
  const rows: Row[] = [];
  let day: number | undefined;
  let dividerDue = divider !== null && knowsBoundary(items, divider, complete);
  let run: { senderId: string; sentAt: number; rows: number } | null = null;
  let seq = 0;

  for (const message of items) {
    // A pending message will most likely get the next number: it must not move when it does.
    seq = message.seq ?? seq + 1;
    const messageDay = dayOf(message.sentAt);
    if (messageDay !== day) {
      rows.push({ type: 'date', key: `date:${message.key}`, at: message.sentAt });
      day = messageDay;
      run = null;
    }
    const isNotice = message.content.type === 'notice';
    if (dividerDue && divider !== null && !isNotice && message.seq !== undefined && message.seq > divider.afterSeq) {
      rows.push({ type: 'unread', key: 'unread', count: divider.count });
      dividerDue = false;
      run = null;
    }
    if (isNotice) {
      addNotice(rows, message);
      run = null;
      continue;
    }
    const { senderId, sentAt } = message;
    const goesOn: boolean = run !== null && run.senderId === senderId && Math.abs(sentAt - run.sentAt) <= groupGapMaxMs;
    const before: number = goesOn && run !== null ? run.rows : 0;
    const joins = goesOn && !(seq % groupCutEvery === 0 && before >= groupCutAfterRows);
    const above = rows.at(-1);
    if (joins && above?.type === 'message') rows[rows.length - 1] = { ...above, last: false };
    rows.push({ type: 'message', key: message.key, message, first: !joins, last: true });
    run = { senderId, sentAt, rows: before + 1 };
  }
  return rows;
}

/** The divider is drawn only where it is certain that nothing unread lies above it. */
function knowsBoundary(items: readonly TimelineMessage[], divider: Divider, complete: boolean): boolean {
  const firstSeq = items.find((item) => item.seq !== undefined)?.seq;
  return firstSeq !== undefined && (complete || firstSeq <= divider.afterSeq + 1);
}

/** Comings and goings that follow each other without a date between: three and more are one row. */
function addNotice(rows: Row[], message: TimelineMessage): void {
  let from = rows.length;
  const run: TimelineMessage[] = [message];
  while (from > 0) {
    const row = rows[from - 1];
    if (row?.type !== 'notice' || !row.notices.every(isComingOrGoing) || !isComingOrGoing(message)) break;
    run.unshift(...row.notices);
    from--;
  }
  const first = run[0];
  if (run.length >= foldFromNotices && first !== undefined) {
    rows.splice(from, rows.length - from, { type: 'notice', key: first.key, notices: run });
  } else {
    rows.push({ type: 'notice', key: message.key, notices: [message] });
  }
}

function isComingOrGoing(message: TimelineMessage): boolean {
  return message.content.type === 'notice' && ['member.joined', 'member.left'].includes(message.content.notice);
}
