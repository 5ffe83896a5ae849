import type { TimelineMessage } from '@nexo/client';
import { describe, expect, it } from 'vitest';
import { buildRows, type Row } from './rows.ts';

const noon = new Date(2026, 2, 3, 12, 0).getTime();
const minute = 60_000;

function text(seq: number, senderId: string, sentAt: number): TimelineMessage {
  return { key: `k${seq}`, conversationId: 'c', senderId, content: { type: 'text', text: 'x' }, seq, sentAt, state: 'sent' };
}

function notice(seq: number, kind: 'group.created' | 'member.joined' | 'member.left', userId: string): TimelineMessage {
  const content = { type: 'notice' as const, notice: kind, actorId: userId, userIds: [userId] };
  return { key: `k${seq}`, conversationId: 'c', senderId: userId, content, seq, sentAt: noon, state: 'sent' };
}

function shape(rows: Row[]): string[] {
  return rows.map((row) => {
    if (row.type === 'message') return `${row.key}${row.first ? ' first' : ''}${row.last ? ' last' : ''}`;
    if (row.type === 'unread') return `unread ${row.count}`;
    if (row.type === 'notice') return `notice ${row.notices.length}`;
    return 'date';
  });
}

describe('rows of a conversation', () => {
  it('groups one author within five minutes of the message before', () => {
    const items = [text(1, 'ana', noon), text(2, 'ana', noon + 5 * minute), text(3, 'ana', noon + 10 * minute + 1)];
    expect(shape(buildRows(items, null, true))).toEqual(['date', 'k1 first', 'k2 last', 'k3 first last']);
  });

  it('does not group two authors', () => {
    const items = [text(1, 'ana', noon), text(2, 'bo', noon), text(3, 'ana', noon)];
    expect(shape(buildRows(items, null, true))).toEqual(['date', 'k1 first last', 'k2 first last', 'k3 first last']);
  });

  it('puts a date where the day changes and begins a group there', () => {
    const late = new Date(2026, 2, 3, 23, 59).getTime();
    const items = [text(1, 'ana', late), text(2, 'ana', late + 2 * minute)];
    expect(shape(buildRows(items, null, true))).toEqual(['date', 'k1 first last', 'date', 'k2 first last']);
  });

  it('never makes a group of more than twelve, wherever the run begins', () => {
    for (let begin = 1; begin <= 16; begin++) {
      const items = Array.from({ length: 60 }, (_, i) => text(begin + i, 'ana', noon + i));
      let size = 0;
      for (const row of buildRows(items, null, true)) {
        if (row.type !== 'message') continue;
        size = row.first ? 1 : size + 1;
        expect(size).toBeLessThanOrEqual(12);
      }
    }
  });

  it('cuts a run at the same places however much of it is loaded, but for the first rows (U-02)', () => {
    const all = Array.from({ length: 80 }, (_, i) => text(i + 1, 'ana', noon + i));
    const cuts = (items: TimelineMessage[]) =>
      buildRows(items, null, true).flatMap((row) => (row.type === 'message' && row.first ? [row.key] : []));
    const whole = cuts(all);
    for (let from = 0; from < 40; from++) {
      const settled = all.slice(from + 5).map((item) => item.key);
      const part = cuts(all.slice(from)).filter((key) => settled.includes(key));
      expect(part).toEqual(whole.filter((key) => settled.includes(key)));
    }
  });

  it('does not move a pending message when it gets its number', () => {
    const sent = Array.from({ length: 7 }, (_, i) => text(i + 1, 'ana', noon + i));
    const { seq: _seq, ...pending } = text(8, 'ana', noon + 8);
    const before = shape(buildRows([...sent, pending], null, true));
    expect(before).toEqual(shape(buildRows([...sent, text(8, 'ana', noon + 8)], null, true)));
    expect(before.at(-1)).toBe('k8 first last');
  });

  it('breaks a group at the unread divider', () => {
    const items = [text(1, 'ana', noon), text(2, 'ana', noon), text(3, 'ana', noon)];
    const rows = buildRows(items, { afterSeq: 1, count: 2 }, true);
    expect(shape(rows)).toEqual(['date', 'k1 first last', 'unread 2', 'k2 first', 'k3 last']);
  });

  it('draws the divider only where nothing unread can lie above', () => {
    const items = [text(10, 'ana', noon), text(11, 'ana', noon)];
    expect(shape(buildRows(items, { afterSeq: 4, count: 7 }, false))).not.toContain('unread 7');
    expect(shape(buildRows(items, { afterSeq: 9, count: 2 }, false))).toContain('unread 2');
  });

  it('does not let a notice carry the divider', () => {
    const items = [text(1, 'ana', noon), notice(2, 'member.joined', 'bo'), text(3, 'ana', noon)];
    const rows = buildRows(items, { afterSeq: 1, count: 1 }, true);
    expect(shape(rows)).toEqual(['date', 'k1 first last', 'notice 1', 'unread 1', 'k3 first last']);
  });

  it('folds three and more comings and goings, but not the making of the group', () => {
    const items = [
      notice(1, 'group.created', 'ana'),
      notice(2, 'member.joined', 'bo'),
      notice(3, 'member.joined', 'cy'),
      notice(4, 'member.left', 'bo'),
      notice(5, 'member.joined', 'di'),
    ];
    expect(shape(buildRows(items, null, true))).toEqual(['date', 'notice 1', 'notice 4']);
    expect(shape(buildRows(items.slice(0, 3), null, true))).toEqual(['date', 'notice 1', 'notice 1', 'notice 1']);
  });
});
