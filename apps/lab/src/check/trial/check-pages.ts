import { type ConversationLine, userOf } from '../../history/line.ts';
import { type Case, describeRow, isThere } from './case.ts';

type Page = Extract<ConversationLine, { op: 'page' }>;
type Ack = Extract<ConversationLine, { op: 'send'; phase: 'ok' }>;

/**
 * Reads past the engine. I10: what anybody was told is safe is in every page that is asked for afterwards, at any node, by whoever
 * may read it. I5: a page is in order and without a hole. I11: a later page of the same person is not of an earlier time.
 */
export function checkPages(one: Case): void {
  const { id, lines, stored, found, members } = one;
  const pages = lines.filter((line): line is Page => line.op === 'page').sort((a, b) => a.from - b.from);
  const acks = lines.filter((line): line is Ack => line.op === 'send' && line.phase === 'ok');
  const ackOf = new Map<number, Ack>();
  let next = 0;
  let highest = 0;
  for (const page of pages) {
    for (let ack = acks[next]; ack !== undefined && ack.t < page.from; ack = acks[++next]) {
      if (!ackOf.has(ack.seq)) ackOf.set(ack.seq, ack);
      highest = Math.max(highest, ack.seq);
    }
    const user = userOf(page.by);
    const member = members.get(user);
    checkOrder(one, page);
    let seq = highest;
    while (seq > 0 && !(isThere(member, seq) && ackOf.has(seq))) seq--;
    const last = page.items.at(-1)?.[0] ?? 0;
    const row = stored.messages[seq - 1];
    if (seq > last) {
      const what = `${user} asked node ${page.node} after message ${seq} had been acknowledged, and got only up to ${last}`;
      found.add('I10', id, what, [ackOf.get(seq), page], row && [describeRow(row)]);
    }
  }
  checkMonotonic(one, pages);
}

function checkOrder({ id, found, members }: Case, page: Page): void {
  const member = members.get(userOf(page.by));
  let last: number | undefined;
  for (const [seq] of page.items) {
    if (last !== undefined && seq <= last) {
      found.add('I5', id, `a page has message ${seq} after message ${last}`, [page]);
      return;
    }
    for (let missed = (last ?? seq) + 1; missed < seq; missed++) {
      if (!isThere(member, missed)) continue;
      found.add('I6', id, `a page has messages ${last} and ${seq} and not ${missed}`, [page]);
      return;
    }
    last = seq;
  }
}

function checkMonotonic({ id, found }: Case, pages: readonly Page[]): void {
  const byEnd = [...pages].sort((a, b) => a.t - b.t);
  const highest = new Map<string, Page>();
  let next = 0;
  for (const page of pages) {
    for (let done = byEnd[next]; done !== undefined && done.t < page.from; done = byEnd[++next]) {
      const user = userOf(done.by);
      const known = highest.get(user);
      if (known === undefined || done.head[1] > known.head[1]) highest.set(user, done);
    }
    const before = highest.get(userOf(page.by));
    if (before !== undefined && page.head[1] < before.head[1]) {
      const what = `${userOf(page.by)} read up to change ${before.head[1]} at node ${before.node}, and later up to ${page.head[1]} at node ${page.node}`;
      found.add('I11', id, what, [before, page]);
    }
  }
}
