import type { MemberView } from '@nexo/shared';
import { expect, it } from 'vitest';
import { makeMemberLoader } from '../src/members/member-loader.ts';
import { makeVirtualTime } from '../src/testing/index.ts';

const member = (userId: string, nickname: string): MemberView => ({ userId, role: 'member', nickname, joinedAt: 1, readSeq: 0 });

function makeLoader() {
  const time = makeVirtualTime();
  const asked: [string, string[]][] = [];
  let nickname = 'first';
  const loader = makeMemberLoader({
    runtime: time,
    mayAsk: (conversationId) => conversationId.startsWith('group'),
    async load(conversationId, userIds) {
      asked.push([conversationId, userIds]);
      return userIds.filter((id) => id !== 'stranger').map((id) => member(id, `${nickname} ${id}`));
    },
  });
  const nameOf = (conversationId: string, userId: string) => loader.member(conversationId, userId).get()?.nickname;
  return { time, asked, loader, nameOf, rename: (name: string) => (nickname = name) };
}

it('members that views look at in one moment are asked for together, a conversation at a time, and in groups only', async () => {
  const { time, asked, nameOf } = makeLoader();
  for (const id of ['bo', 'cy', 'stranger', 'bo']) nameOf('group-1', id);
  nameOf('group-2', 'bo');
  nameOf('direct', 'bo');
  await time.advance(20);
  expect(asked).toEqual([
    ['group-1', ['bo', 'cy', 'stranger']],
    ['group-2', ['bo']],
  ]);
  expect([nameOf('group-1', 'bo'), nameOf('group-1', 'stranger'), nameOf('direct', 'bo')]).toEqual([
    'first bo',
    undefined,
    undefined,
  ]);
});

it('an event moves a member that is looked at; what may have been missed is asked for anew', async () => {
  const { time, asked, loader, nameOf, rename } = makeLoader();
  nameOf('group-1', 'bo');
  await time.advance(20);
  loader.heard({ type: 'member.updated', conversationId: 'group-1', change: 7, member: member('bo', 'Boss') });
  loader.heard({ type: 'member.updated', conversationId: 'group-1', change: 8, member: member('never looked at', 'x') });
  expect(nameOf('group-1', 'bo')).toBe('Boss');
  rename('second');
  loader.refresh();
  await time.advance(20);
  expect(asked).toHaveLength(2);
  expect(nameOf('group-1', 'bo')).toBe('second bo');
  loader.clear();
  expect(nameOf('group-1', 'bo')).toBeUndefined();
});
