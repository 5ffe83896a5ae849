import { type ErrorCode, limits, type MemberView, type StreamItem } from '@nexo/shared';
import { TRPCClientError } from '@trpc/client';
import { describe, expect, test, vi } from 'vitest';
import { makeReaders } from '../src/reads/readers.ts';
import { emptyState } from '../src/reducer/state.ts';
import { makeStateHolder } from '../src/store/state-holder.ts';
import { makeVirtualTime } from '../src/testing/index.ts';

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

function refused(code: ErrorCode, retryable: boolean) {
  return TRPCClientError.from({ error: { message: code, code: 0, data: { nexo: { code, retryable } } } } as never);
}

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
  const load = vi.fn(async () => ({ items: members, nextCursor: null as string | null }));
  const time = makeVirtualTime();
  const runtime = { setTimeout: time.setTimeout, random: () => 0.5 };
  const readers = makeReaders({ holder, runtime, isLive: () => live.is, members: load, changed });
  return { readers, load, changed, holder, time };
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

  test('who reads while the list is on its way stays read, though the list is from before', async () => {
    const { readers, load } = setUp();
    let answer = (_: MemberView[]) => {};
    load.mockImplementationOnce(() => new Promise((resolve) => (answer = (items) => resolve({ items, nextCursor: null }))));
    readers.watch(id);
    readers.heard(read('carol', 5));
    expect(readers.positionsOf(id)).toEqual([5]);
    answer([member('bob', 3), member('carol', 1)]);
    await vi.waitFor(() => expect(readers.positionsOf(id)).toEqual([5, 3]));
  });

  test('what was asked for without an answer is asked for again, and what was told meanwhile counts', async () => {
    const { readers, load, time } = setUp();
    load.mockRejectedValueOnce(refused('OVERLOADED', true));
    readers.watch(id);
    readers.heard(read('carol', 5));
    await time.advance(5_000);
    expect(load).toHaveBeenCalledTimes(2);
    expect(readers.positionsOf(id)).toEqual([5, 3]);
    load.mockRejectedValue(refused('FORBIDDEN', false));
    readers.retry();
    await time.advance(60_000);
    expect(load).toHaveBeenCalledTimes(3);
  });

  test('of a group that is known, or may be asked about, only later it is asked then', async () => {
    for (const setting of [{ mine: false }, { count: limits.receiptsMaxMembers + 1 }, { unknown: true }]) {
      const known = setUp().holder.get();
      const { readers, load, holder } = setUp(setting);
      if ('unknown' in setting) holder.commit({ ...holder.get(), conversations: new Map() });
      readers.watch(id);
      expect(load).not.toHaveBeenCalled();
      holder.commit(known);
      await vi.waitFor(() => expect(readers.positionsOf(id)).toEqual([3, 1]));
      expect(load).toHaveBeenCalledTimes(1);
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
