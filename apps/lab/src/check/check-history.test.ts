import { describe, expect, it } from 'vitest';
import { checkHistory } from './check-history.ts';
import type { FindingKind, History, Reading, SendRecord, StoredMessage } from './history.ts';

const conversationId = 'c';
const senders = ['alice', 'bob'];
const readers = ['alice', 'bob', 'carol'];
const count = 20;

/** A flawless history: a notice, then twenty texts of two senders, read by three. Fresh for every test, free to be damaged. */
function goodHistory() {
  const stored: StoredMessage[] = [
    {
      conversationId,
      seq: 1,
      senderId: 'alice',
      clientMessageId: 'notice',
      text: null,
      countable: false,
      countableSeq: 0,
      change: 1,
    },
  ];
  const sends: SendRecord[] = [];
  for (let i = 1; i <= count; i++) {
    const senderId = senders[i % senders.length] ?? '';
    const message = { conversationId, senderId, clientMessageId: `m${i}`, text: `text ${i}` };
    sends.push({ ...message, outcome: 'acked', ackedSeqs: [i + 1] });
    stored.push({ ...message, seq: i + 1, countable: true, countableSeq: i, change: i + 1 });
  }
  const readings = readers.map((reader) => ({
    reader,
    conversationId,
    fromSeq: 1,
    seqs: stored.map((row) => row.seq),
    clientMessageIds: stored.map((row) => row.clientMessageId),
    texts: stored.map((row) => row.text ?? ''),
  }));
  const heads = [{ conversationId, seq: count + 1, change: count + 1, countable: count }];
  return { sends, stored, readings, heads };
}

function at<T>(items: T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`no item ${index}`);
  return item;
}

function swap<T>(items: T[], a: number, b: number): void {
  [items[a], items[b]] = [at(items, b), at(items, a)];
}

function removeFromReading(reading: { seqs: number[]; clientMessageIds: string[]; texts: string[] }, index: number): void {
  for (const list of [reading.seqs, reading.clientMessageIds, reading.texts]) list.splice(index, 1);
}

function kinds(history: History): FindingKind[] {
  return [...new Set(checkHistory(history, { senderOrder: true }).map((finding) => finding.kind))];
}

describe('the checker', () => {
  it('finds nothing in a flawless history', () => {
    expect(checkHistory(goodHistory(), { senderOrder: true })).toEqual([]);
  });

  it('accepts an unanswered send whether it was stored or not', () => {
    const history = goodHistory();
    Object.assign(at(history.sends, 3), { outcome: 'unknown', ackedSeqs: [] });
    history.sends.push({
      conversationId,
      senderId: 'bob',
      clientMessageId: 'never',
      text: 'x',
      outcome: 'unknown',
      ackedSeqs: [],
    });
    expect(kinds(history)).toEqual([]);
  });

  it('accepts a message that was acknowledged twice with the same place', () => {
    const history = goodHistory();
    Object.assign(at(history.sends, 0), { ackedSeqs: [2, 2] });
    expect(kinds(history)).toEqual([]);
  });

  it('accepts a reader who joined later and saw everything since', () => {
    const history = goodHistory();
    for (let i = 0; i < 5; i++) removeFromReading(at(history.readings, 2), 0);
    at(history.readings, 2).fromSeq = 6;
    expect(kinds(history)).toEqual([]);
  });

  const corruptions: [string, FindingKind, (history: ReturnType<typeof goodHistory>) => void][] = [
    [
      'an acknowledged message that is not stored',
      'lost',
      (h) => h.sends.push({ ...at(h.sends, 0), clientMessageId: 'gone', ackedSeqs: [22] }),
    ],
    [
      'an acknowledged message whose row was removed from the end',
      'lost',
      (h) => {
        h.stored.pop();
        Object.assign(at(h.heads, 0), { seq: count, countable: count - 1 });
        for (const reading of h.readings) removeFromReading(reading, count);
      },
    ],
    [
      'one clientMessageId in two rows',
      'duplicated',
      (h) =>
        Object.assign(at(h.stored, 8), {
          clientMessageId: at(h.stored, 10).clientMessageId,
          senderId: at(h.stored, 10).senderId,
        }),
    ],
    ['one seq in two rows', 'duplicated', (h) => h.stored.splice(8, 0, { ...at(h.stored, 8) })],
    ['a hole in the seqs', 'gap', (h) => h.stored.splice(8, 1)],
    ['a hole at the beginning', 'gap', (h) => h.stored.splice(0, 1)],
    ['a head ahead of its messages', 'gap', (h) => Object.assign(at(h.heads, 0), { seq: count + 2 })],
    ['a head behind its messages', 'gap', (h) => Object.assign(at(h.heads, 0), { seq: count })],
    ['a head whose change is behind', 'gap', (h) => Object.assign(at(h.heads, 0), { change: 3 })],
    ['messages without a head', 'gap', (h) => h.heads.splice(0, 1)],
    ['a wrong running count of countable messages', 'altered', (h) => Object.assign(at(h.stored, 8), { countableSeq: 1 })],
    ['a head with a wrong count of countable messages', 'altered', (h) => Object.assign(at(h.heads, 0), { countable: 1 })],
    ['a row that nobody sent', 'phantom', (h) => h.sends.splice(4, 1)],
    ['a refused message that is stored', 'phantom', (h) => Object.assign(at(h.sends, 4), { outcome: 'refused', ackedSeqs: [] })],
    ['another text in the row', 'altered', (h) => Object.assign(at(h.stored, 8), { text: 'other' })],
    ['an ack that names another place', 'altered', (h) => Object.assign(at(h.sends, 4), { ackedSeqs: [5] })],
    ['two attempts that were told different places', 'altered', (h) => Object.assign(at(h.sends, 4), { ackedSeqs: [6, 7] })],
    ['a sender whose messages changed places', 'reordered', (h) => swap(h.sends, 4, 6)],
    [
      'a reader who saw two messages in swapped order',
      'reordered',
      (h) => {
        const reading = at(h.readings, 1);
        for (const list of [reading.seqs, reading.clientMessageIds, reading.texts]) swap<number | string>(list, 7, 8);
      },
    ],
    [
      'a reader who saw one message twice',
      'duplicated',
      (h) => {
        const reading = at(h.readings, 1);
        for (const list of [reading.seqs, reading.clientMessageIds, reading.texts] as (number | string)[][]) {
          list.splice(9, 0, at(list, 8));
        }
      },
    ],
    ['a reader who missed one in the middle', 'gap', (h) => removeFromReading(at(h.readings, 1), 8)],
    ['a reader who missed the last', 'unseen', (h) => removeFromReading(at(h.readings, 2), count)],
    [
      'a reader who saw nothing at all',
      'unseen',
      (h) => Object.assign(at(h.readings, 0), { seqs: [], clientMessageIds: [], texts: [] }),
    ],
    [
      'a reader who saw what is not stored',
      'phantom',
      (h) => {
        const reading = at(h.readings, 0);
        reading.seqs.push(99);
        reading.clientMessageIds.push('m99');
        reading.texts.push('x');
      },
    ],
    [
      'two readers who saw different messages at one place',
      'altered',
      (h) => {
        at(h.readings, 1).clientMessageIds[8] = 'm1';
      },
    ],
    [
      'a reader who saw another text',
      'altered',
      (h) => {
        at(h.readings, 1).texts[8] = 'other';
      },
    ],
  ];

  it.each(corruptions)('finds %s (%s)', (_title, kind, corrupt) => {
    const history = goodHistory();
    corrupt(history);
    expect(kinds(history satisfies { readings: Reading[] })).toContain(kind);
  });

  it('stops at the bound on findings', () => {
    const history = goodHistory();
    history.stored.length = 0;
    expect(checkHistory(history, { maxFindings: 5 })).toHaveLength(5);
  });
});
