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
const groupMaxMessages = 12;
/** From this many on, comings and goings fold into one row. */
const foldFromNotices = 3;

/**
 * Groups a timeline by day, author and time. `complete`: nothing older exists, so that the divider may stand before the first.
 */
export function buildRows(items: readonly TimelineMessage[], divider: Divider | null, complete: boolean): Row[] {
  const rows: Row[] = [];
  let day: number | undefined;
  let dividerDue = divider !== null && knowsBoundary(items, divider, complete);
  let group: { senderId: string; sentAt: number; size: number } | null = null;

  for (const [index, message] of items.entries()) {
    const messageDay = dayOf(message.sentAt);
    if (messageDay !== day) {
      rows.push({ type: 'date', key: `date:${message.key}`, at: message.sentAt });
      day = messageDay;
      group = null;
    }
    const isNotice = message.content.type === 'notice';
    if (dividerDue && divider !== null && !isNotice && message.seq !== undefined && message.seq > divider.afterSeq) {
      rows.push({ type: 'unread', key: 'unread', count: divider.count });
      dividerDue = false;
      group = null;
    }
    if (isNotice) {
      addNotice(rows, message);
      group = null;
      continue;
    }
    const joins: boolean =
      group !== null &&
      group.senderId === message.senderId &&
      group.size < groupMaxMessages &&
      Math.abs(message.sentAt - group.sentAt) <= groupGapMaxMs;
    if (joins) {
      const before = rows.at(-1);
      if (before?.type === 'message') rows[rows.length - 1] = { ...before, last: false };
    }
    rows.push({ type: 'message', key: message.key, message, first: !joins, last: true });
    group = {
      senderId: message.senderId,
      // A wrong guess of a pending message's time must not tear it from its group.
      sentAt:
        index > 0 && message.seq === undefined && joins && group !== null
          ? Math.max(group.sentAt, message.sentAt)
          : message.sentAt,
      size: joins && group !== null ? group.size + 1 : 1,
    };
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
  return message.content.type === 'notice' && message.content.notice !== 'group.created';
}
