import { limits, type MemberView, type StreamItem } from '@nexo/shared';
import { describe, expect, test, vi } from 'vitest';
import { makeReaders } from '../src/reads/readers.ts';
import { emptyState } from '../src/reducer/state.ts';
import { makeStateHolder } from '../src/store/state-holder.ts';

const id = 'group';
const member = (userId: string, readSeq?: number): MemberView => ({
  ...{ userId, role: 'member', joinedAt: 0 },
  ...(readSeq === undefined ? {} : { readSeq }),
});
const read = (userId: string, readSeq: number): StreamItem => ({
  type: 'conversation.read',
  conversationId: id,
  userId,
  readSeq,
});

/** A group of so many members, of whom these answer; `mine`: whether one lets one's own reading be seen. */
function setUp({
  members = [member('bob', 3), member('carol', 1), member('me', 9)],
  count = 3,
  mine = true,
  live = { is: true },
} = {}) {
  const holder = makeStateHolder();
  const everyone = 'everyone' as const;
  const audiences = {
    presenceVisibleTo: everyone,
    messagesFrom: everyone,
    contactRequestsFrom: everyone,
    groupInvitesFrom: everyone,
  };
  const me = { id: 'me', displayName: 'Me', kind: 'person' as const, ...audiences, readReceipts: mine };
  const view = { id, kind: 'group', group: { name: 'G', memberCount: count }, me: { role: 'member' } } as never;
  const conversations = new Map([[id, { view, window: null, localRead: null }]]);
  holder.commit({ ...emptyState, myId: me.id, me, conversations });
  const changed = vi.fn();
  const load = vi.fn(async () => ({ items: members, nextCursor: null }));
  const readers = makeReaders({ holder, isLive: () => live.is, members: load, changed });
  return { readers, load, changed };
}

describe('who has read what in a group', () => {
  test('how far the others are is asked for once, and followed from there; a position never goes back', async () => {
    const { readers, load, changed } = setUp();
    readers.watch(id);
    readers.watch(id);
    await vi.waitFor(() => expect(readers.positionsOf(id)).toEqual([3, 1]));
    expect(load).toHaveBeenCalledTimes(1);
    readers.heard(read('carol', 5));
    readers.heard(read('bob', 2));
    readers.heard(read('me', 20));
    expect(readers.positionsOf(id)).toEqual([5, 3]);
    expect(readers.positionsOf(id)).toBe(readers.positionsOf(id));
    expect(changed).toHaveBeenCalledTimes(3);
  });

  test('who hides what they have read is not counted, also when they write', async () => {
    const { readers } = setUp({ members: [member('bob', 3), member('carol')] });
    readers.watch(id);
    await vi.waitFor(() => expect(readers.positionsOf(id)).toEqual([3]));
    const message = { senderId: 'carol', seq: 8 } as never;
    readers.heard({ type: 'message.sent', conversationId: id, change: 9, message });
    expect(readers.positionsOf(id)).toEqual([3]);
  });

  test('who hides it themselves, or is in a large group, does not ask', () => {
    for (const setting of [{ mine: false }, { count: limits.receiptsMaxMembers + 1 }]) {
      const { readers, load } = setUp(setting);
      readers.watch(id);
      readers.heard(read('bob', 5));
      expect(load).not.toHaveBeenCalled();
      expect(readers.positionsOf(id)).toEqual([]);
    }
  });

  test('without a connection it is asked for once there is one, and again after each that was lost', async () => {
    const live = { is: false };
    const { readers, load } = setUp({ live });
    readers.watch(id);
    expect(load).not.toHaveBeenCalled();
    live.is = true;
    readers.retry();
    readers.retry();
    await vi.waitFor(() => expect(load).toHaveBeenCalledTimes(2));
  });
});
