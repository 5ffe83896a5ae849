import type { ConversationRepair, MemberView } from '@nexo/shared';
import { expect, it } from 'vitest';
import { makeMemberLists } from '../src/members/member-lists.ts';
import { makeVirtualTime } from '../src/testing/index.ts';

const group = 'group-1';
const member = (userId: string, more: Partial<MemberView> = {}): MemberView => ({ userId, role: 'member', joinedAt: 1, ...more });
const joined = (userId: string) => ({
  ...({ type: 'member.joined', conversationId: group, change: 9, memberCount: 9 } as const),
  member: member(userId),
});
const left = (userId: string) => ({ type: 'member.left', conversationId: group, change: 9, memberCount: 9, userId }) as const;
const promoted = (userId: string) =>
  ({ type: 'member.updated', conversationId: group, change: 9, member: member(userId, { role: 'admin' }) }) as const;

/** A server with these members, two to a page, whose answers are given when the test says so. */
function makeScene(...ids: string[]) {
  const time = makeVirtualTime();
  const server = new Map(ids.map((id) => [id, member(id)]));
  const asked: (string | null)[] = [];
  const answers: (() => void)[] = [];
  let isLive = true;
  let isConcealed = false;
  let holds = false;
  const lists = makeMemberLists({
    runtime: time,
    isLive: () => isLive,
    isConcealed: () => isConcealed,
    load(_id, query, cursor) {
      asked.push(cursor);
      const all = [...server.values()].sort((a, b) => (a.userId < b.userId ? -1 : 1));
      const rest = all.filter(({ userId }) => userId > (cursor ?? '') && userId.startsWith(query ?? ''));
      const items = rest.slice(0, 2);
      const page = { items, nextCursor: rest.length > 2 ? (items.at(-1)?.userId ?? null) : null };
      return holds ? new Promise((resolve) => answers.push(() => resolve(page))) : Promise.resolve(page);
    },
  });
  const shown = (list: ReturnType<typeof lists.open>) =>
    list.state.get().members.map(({ userId, role }) => (role === 'admin' ? `${userId}!` : userId));
  const settle = () => time.advance(0);
  return {
    ...{ time, server, asked, lists, shown, settle },
    hold: () => (holds = true),
    async answer() {
      holds = false;
      for (const give of answers.splice(0)) give();
      await settle();
    },
    setLive: (live: boolean) => (isLive = live),
    conceal: () => (isConcealed = true),
  };
}

it('a list comes by pages, and each event moves what it is about, without a question', async () => {
  const { lists, asked, shown, settle } = makeScene('b', 'd', 'f', 'h', 'k');
  const list = lists.open(group, undefined);
  await settle();
  expect([shown(list), list.state.get().hasMore]).toEqual([['b', 'd'], true]);
  list.loadMore();
  await settle();
  expect(shown(list)).toEqual(['b', 'd', 'f', 'h']);
  for (const event of [promoted('d'), joined('c'), left('f'), joined('z')]) lists.heard(event);
  // The last one comes with the page that they are on.
  expect(shown(list)).toEqual(['b', 'c', 'd!', 'h']);
  expect(asked).toEqual([null, 'd']);
  list.loadMore();
  await settle();
  expect([shown(list), list.state.get().hasMore]).toEqual([['b', 'c', 'd!', 'h', 'k'], false]);
  lists.heard(joined('x'));
  lists.heard({ ...joined('a'), conversationId: 'another' });
  expect(shown(list)).toEqual(['b', 'c', 'd!', 'h', 'k', 'x']);
});

it('who asks for more whenever something comes gets all, and each page once', async () => {
  const { lists, asked, shown, settle } = makeScene('a', 'b', 'c', 'd', 'e', 'f', 'g');
  const list = lists.open(group, undefined);
  list.state.subscribe(() => {
    if (list.state.get().hasMore) list.loadMore();
  });
  for (let times = 0; times < 3; times++) list.loadMore();
  await settle();
  expect(shown(list).join('')).toBe('abcdefg');
  expect(asked).toEqual([null, 'b', 'd', 'f']);
});

it('what is told while a page is under way holds, though the page is from before it', async () => {
  const { lists, shown, settle, hold, answer } = makeScene('b', 'd', 'f', 'h');
  const list = lists.open(group, undefined);
  await settle();
  hold();
  list.loadMore();
  for (const event of [promoted('f'), left('h'), joined('g')]) lists.heard(event);
  await answer();
  expect(shown(list)).toEqual(['b', 'd', 'f!', 'g']);
});

it('a repair tells what was missed; where nobody is named the list is read anew, with all that was shown, and seldom', async () => {
  const { lists, asked, shown, settle, server, conceal, time } = makeScene('b', 'd', 'f', 'h');
  const list = lists.open(group, undefined);
  await settle();
  list.loadMore();
  await settle();
  const repair = {
    kind: 'changes',
    conversationId: group,
    members: [member('c'), member('d', { role: 'admin' })],
    leftUserIds: ['f'],
  };
  lists.repaired(repair as unknown as ConversationRepair);
  expect(shown(list)).toEqual(['b', 'c', 'd!', 'h']);
  conceal();
  asked.length = 0;
  server.delete('b');
  server.set('e', member('e'));
  for (let times = 0; times < 3; times++) lists.heard({ type: 'members.changed', conversationId: group, change: 9 });
  expect(shown(list)).toEqual(['b', 'c', 'd!', 'h']);
  await time.advance(2_000);
  expect(asked).toEqual([null, 'e']);
  expect(shown(list)).toEqual(['d', 'e', 'f', 'h']);
});

it('of who is called so the rows are moved too, but who joins is not known to be called so', async () => {
  const { lists, shown, settle } = makeScene('bo', 'bob', 'carl');
  const list = lists.open(group, 'bo');
  await settle();
  for (const event of [promoted('bob'), joined('box'), promoted('carl'), left('bo')]) lists.heard(event);
  expect(shown(list)).toEqual(['bob!']);
});

it('what cannot be loaded waits for the connection; what is closed stays as it is', async () => {
  const { lists, shown, settle, setLive, hold, answer } = makeScene('b', 'd', 'f');
  setLive(false);
  const list = lists.open(group, undefined);
  await settle();
  expect(list.state.get().status).toBe('loading');
  setLive(true);
  lists.retry();
  await settle();
  expect(shown(list)).toEqual(['b', 'd']);
  hold();
  list.loadMore();
  list.close();
  await answer();
  lists.heard(left('b'));
  expect(shown(list)).toEqual(['b', 'd']);
});
