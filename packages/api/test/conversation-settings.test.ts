import { limits, newId, systemConversationId } from '@nexo/shared';
import { describe, expect, test } from 'vitest';
import { placeAfter } from '../src/conversations/pin-places.ts';
import { createWorld, type World, type WorldUser } from '../src/testing/index.ts';
import { groupOf, people, refusal, rowsOf, say, text } from './scene.ts';

const get = (user: WorldUser, conversationId: string) => user.caller.conversations.get({ conversationId });
const me = async (user: WorldUser, conversationId: string) => (await get(user, conversationId)).me;
const listed = async (user: WorldUser) => (await user.caller.conversations.list({})).items.map(({ id }) => id);
const seqs = async (user: WorldUser, conversationId: string) =>
  (await user.caller.messages.list({ conversationId })).items.map(({ seq }) => seq);

/** A direct chat of alice and bob, in which bob has said so many things. */
async function chat(world: World, messages = 0) {
  const [alice, bob] = await people(world, 'alice', 'bob');
  const { id } = await alice.caller.conversations.openDirect({ userId: 'bob' });
  for (let n = 1; n <= messages; n++) await say(bob, id, `message ${n}`);
  const settle = (input: object) => alice.caller.conversations.update({ conversationId: id, ...input });
  return { alice, bob, id, settle };
}

/** What was told to a user's own sessions, and to nobody else, by what `work` did. */
async function toldBy(world: World, work: () => Promise<unknown>) {
  const before = world.heard.length;
  await work();
  return world.heard.slice(before);
}

describe('conversations.update', () => {
  test('O1 a setting is told to all own sessions and to nobody else, and the same again is told to nobody', async () => {
    await using world = await createWorld();
    const { alice, bob, id, settle } = await chat(world, 1);
    const mute = () => settle({ muted: { mode: 'mentions', untilAt: 9_000_000_000_000 } });
    const told = await toldBy(world, mute);
    expect(told).toMatchObject([{ kind: 'user', userId: 'alice', events: [{ type: 'me.updated', conversationId: id }] }]);
    expect(await toldBy(world, mute)).toEqual([]);
    expect((await me(alice, id)).muted).toEqual({ mode: 'mentions', untilAt: 9_000_000_000_000 });
    expect(await me(bob, id)).not.toHaveProperty('muted');
    await settle({ muted: { mode: 'nothing', untilAt: null } });
    expect((await me(alice, id)).muted).toEqual({ mode: 'nothing', untilAt: null });
    expect((await settle({ muted: null })).me).not.toHaveProperty('muted');
  });

  test('O1 a mute stops nobody from writing: it is delivered and counted', async () => {
    await using world = await createWorld();
    const { alice, bob, id, settle } = await chat(world);
    await settle({ muted: { mode: 'nothing', untilAt: null } });
    await say(bob, id, 'hello');
    expect(await me(alice, id)).toMatchObject({ unread: 1 });
  });

  test('O2 pinned chats have an order that holds over moves, and as many as the limit', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice');
    const ids: string[] = [];
    for (let n = 0; n < limits.pinnedMaxConversations; n++) ids.push(await groupOf(alice));
    const update = (conversationId: string, input: object) =>
      alice.caller.conversations.update({ conversationId, pinned: true, ...input });
    const order = async () => {
      const { items } = await alice.caller.sync.snapshot({});
      const pinned = items.filter((view) => view.me.pinPlace !== undefined);
      return pinned.sort((a, b) => (a.me.pinPlace ?? 0) - (b.me.pinPlace ?? 0)).map(({ id }) => id);
    };
    for (const id of ids) await update(id, {});
    expect(await order()).toEqual([...ids].reverse());
    const [a = '', b = '', c = ''] = ids.slice(0, 3);
    await update(a, { pinAfter: null });
    await update(b, { pinAfter: a });
    await update(c, { pinAfter: ids[3] });
    expect((await order()).slice(0, 2)).toEqual([a, b]);
    expect((await order()).at(-1)).toBe(c);
    const { pinnedAt } = await me(alice, a);
    world.clock.turn(1_000);
    await update(a, {});
    expect((await me(alice, a)).pinnedAt).toBe(pinnedAt);
    expect((await order())[0]).toBe(a);

    const more = await groupOf(alice);
    expect(await refusal(update(more, {}))).toBe('PINS_FULL');
    await update(a, { pinned: false });
    expect((await update(more, {})).me.pinPlace).toBeDefined();
    expect(await me(alice, a)).not.toHaveProperty('pinnedAt');
  });

  test('O2 where no number is left between two neighbours all get new ones, in the same order', () => {
    let pinned = ['a', 'b'].map((id, index) => ({ id, place: index + 1 }));
    for (let n = 0; n < 200; n++) {
      const { place, moved } = placeAfter(pinned, 'a');
      const others = pinned.map((one) => moved.find(({ id }) => id === one.id) ?? one);
      pinned = [...others, { id: `c${n}`, place }].sort((x, y) => x.place - y.place);
      expect(pinned[1]?.id).toBe(`c${n}`);
      expect(new Set(pinned.map((one) => one.place)).size).toBe(pinned.length);
    }
  });

  test('O3 a hidden chat is not listed until somebody says something newer than what was seen', async () => {
    await using world = await createWorld();
    const { alice, bob, id, settle } = await chat(world, 3);
    await settle({ hidden: true, seenSeq: 2 });
    expect(await listed(alice)).toEqual([id]);
    await settle({ hidden: true, seenSeq: 99 });
    expect(await listed(alice)).toEqual([]);
    expect(await listed(bob)).toEqual([id]);
    expect(await seqs(alice, id)).toEqual([1, 2, 3]);
    await say(bob, id, 'again');
    expect(await listed(alice)).toEqual([id]);
    await settle({ hidden: true });
    expect(await listed(alice)).toEqual([]);
    await settle({ hidden: false });
    expect(await listed(alice)).toEqual([id]);
  });

  test('O3 a group that was left stays hidden, whatever is said in it later', async () => {
    await using world = await createWorld();
    const [owner, alice] = await people(world, 'owner', 'alice');
    const group = await groupOf(owner, alice);
    await alice.caller.groups.leave({ conversationId: group });
    await alice.caller.conversations.update({ conversationId: group, hidden: true });
    await say(owner, group, 'later');
    expect(await listed(alice)).toEqual([]);
  });

  test('O4 a draft is the same on all devices; what was written over an older one does not take its place', async () => {
    await using world = await createWorld();
    const { alice, bob, id, settle } = await chat(world, 1);
    const first = await settle({ draft: { text: 'on the phone', replyTo: 1 }, draftOver: 0 });
    expect(first).toMatchObject({ draftTaken: true, me: { draft: { text: 'on the phone', replyTo: 1 }, draftVersion: 1 } });
    expect(await me(bob, id)).not.toHaveProperty('draft');
    const stale = await settle({ draft: { text: 'on the laptop' }, draftOver: 0 });
    expect(stale).toMatchObject({ draftTaken: false, me: { draft: { text: 'on the phone' }, draftVersion: 1 } });
    // Repeated as its answer was lost.
    expect(await settle({ draft: { text: 'on the phone', replyTo: 1 }, draftOver: 0 })).toMatchObject({ draftTaken: true });
    expect(await settle({ draft: { text: 'on the laptop' }, draftOver: 1 })).toMatchObject({ draftTaken: true });
    const gone = await settle({ draft: null, draftOver: 2 });
    expect(gone).toMatchObject({ draftTaken: true, me: { draftVersion: 3 } });
    expect(gone.me).not.toHaveProperty('draft');
    expect((await me(alice, id)).draftVersion).toBe(3);
  });

  test('O4 of two devices that write over the same draft at once one has the word', async () => {
    await using world = await createWorld();
    const { settle } = await chat(world);
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((words) => settle({ draft: { text: words }, draftOver: 0 })));
    expect(answers.filter(({ draftTaken }) => draftTaken)).toHaveLength(1);
  });

  test('O4 a draft has a size', async () => {
    await using world = await createWorld();
    const { settle } = await chat(world);
    expect(await refusal(settle({ draft: { text: 'x'.repeat(limits.draftMaxBytes) }, draftOver: 0 }))).toBe('MESSAGE_TOO_LARGE');
  });
});

describe('conversations.markUnread', () => {
  test('O5 marks without moving the position that others see, on all devices, until something is read or said', async () => {
    await using world = await createWorld();
    const { alice, bob, id } = await chat(world, 2);
    await alice.caller.conversations.markRead({ conversationId: id, seq: 2 });
    const mark = () => alice.caller.conversations.markUnread({ conversationId: id, fromSeq: 1 });
    const told = await toldBy(world, mark);
    expect(told.map(({ kind }) => kind)).toEqual(['user']);
    expect(await me(alice, id)).toMatchObject({ markedUnread: { fromSeq: 1, readSeq: 2 }, unread: 0, readSeq: 2 });
    expect((await get(bob, id)).peerReadSeq).toBe(2);
    expect(await toldBy(world, mark)).toEqual([]);

    await alice.caller.conversations.markRead({ conversationId: id, seq: 2 });
    expect(await me(alice, id)).not.toHaveProperty('markedUnread');
    await mark();
    await say(alice, id, 'one of my own');
    expect(await me(alice, id)).not.toHaveProperty('markedUnread');
    await mark();
    await say(bob, id, 'news');
    expect(await me(alice, id)).toMatchObject({ markedUnread: { fromSeq: 1 }, unread: 1 });
    await alice.caller.conversations.markRead({ conversationId: id, seq: 4 });
    expect(await me(alice, id)).not.toHaveProperty('markedUnread');
  });
});

describe('conversations.clear and conversations.remove', () => {
  test('O6 clearing is for oneself alone, keeps what nobody has seen yet, and leaves unread exact', async () => {
    await using world = await createWorld();
    const { alice, bob, id } = await chat(world, 3);
    const { activeAt } = await get(alice, id);
    await alice.caller.conversations.clear({ conversationId: id, upToSeq: 2 });
    expect(await seqs(alice, id)).toEqual([3]);
    expect(await seqs(bob, id)).toEqual([1, 2, 3]);
    expect(await me(alice, id)).toMatchObject({ unread: 1, readSeq: 2, visible: [{ from: 3, to: null }] });
    expect((await alice.caller.messages.get({ conversationId: id, seqs: [1, 2, 3] })).items).toHaveLength(1);

    await alice.caller.conversations.clear({ conversationId: id });
    const cleared = await get(alice, id);
    expect(cleared).toMatchObject({ activeAt, me: { unread: 0, clearedAt: activeAt } });
    expect(cleared).not.toHaveProperty('lastMessage');
    expect(await listed(alice)).toEqual([id]);
    await say(bob, id, 'after');
    expect(await seqs(alice, id)).toEqual([4]);
    expect(await me(alice, id)).toMatchObject({ unread: 1 });
    expect(await rowsOf(world, id)).toHaveLength(4);
  });

  test('O6 a cleared message cannot be quoted, nor be had by a sync from the beginning', async () => {
    await using world = await createWorld();
    const { alice, bob, id } = await chat(world, 2);
    await alice.caller.conversations.clear({ conversationId: id, upToSeq: 1 });
    expect(await refusal(alice.caller.messages.send(text(id, 'quote', { replyTo: 1 })))).toBe('REPLY_NOT_FOUND');
    for (const since of [0, 1]) {
      const answer = await alice.caller.sync.changes({ conversationId: id, since });
      expect(answer.kind === 'gone' ? [] : answer.messages.map(({ seq }) => seq)).toEqual([2]);
    }
    expect(await seqs(bob, id)).toEqual([1, 2]);
  });

  test('O6 nobody clears for another, and clearing twice is told once', async () => {
    await using world = await createWorld();
    const { alice, id } = await chat(world, 2);
    const [eve] = await people(world, 'eve');
    expect(await refusal(eve.caller.conversations.clear({ conversationId: id }))).toBe('NOT_FOUND');
    const clear = () => alice.caller.conversations.clear({ conversationId: id });
    expect((await toldBy(world, clear)).map(({ kind }) => kind)).toEqual(['user', 'read']);
    expect(await toldBy(world, clear)).toEqual([]);
  });

  test('O7 what was removed comes back with the next message, and with that alone', async () => {
    await using world = await createWorld();
    const { alice, bob, id, settle } = await chat(world, 3);
    await settle({ pinned: true, draft: { text: 'unfinished' } });
    await alice.caller.conversations.remove({ conversationId: id, upToSeq: 3 });
    expect(await listed(alice)).toEqual([]);
    expect(await me(alice, id)).toMatchObject({ unread: 0, draftVersion: 2 });
    expect(await me(alice, id)).not.toHaveProperty('pinnedAt');
    await say(bob, id, 'are you there?');
    expect(await listed(alice)).toEqual([id]);
    expect(await seqs(alice, id)).toEqual([4]);
    expect(await me(alice, id)).toMatchObject({ unread: 1 });
    // Written before it reached the server, a removal takes nothing that was said since.
    await alice.caller.conversations.remove({ conversationId: id, upToSeq: 3 });
    expect(await listed(alice)).toEqual([id]);
    expect(await seqs(alice, id)).toEqual([4]);
  });

  test('O7 who has left a group clears and removes it too, and all that they can ask for holds together', async () => {
    await using world = await createWorld();
    const [owner, alice] = await people(world, 'owner', 'alice');
    const group = await groupOf(owner, alice);
    await say(owner, group, 'one', 'two');
    await alice.caller.groups.leave({ conversationId: group });
    await say(owner, group, 'three');
    await alice.caller.conversations.remove({ conversationId: group });
    const view = await get(alice, group);
    expect(view).toMatchObject({ head: { seq: 3 }, me: { visible: [], unread: 0 } });
    expect(await alice.caller.messages.list({ conversationId: group })).toMatchObject({ items: [], head: view.head });
    expect(await listed(alice)).toEqual([]);
    expect(await alice.caller.sync.changes({ conversationId: group, since: 1 })).toMatchObject({ head: view.head, messages: [] });
    // Added again, they see what is said from then on.
    await owner.caller.groups.invite({ conversationId: group, userIds: ['alice'] });
    await say(owner, group, 'welcome back');
    expect(await listed(alice)).toEqual([group]);
    expect((await seqs(alice, group)).length).toBe(2);
    expect(await me(alice, group)).toMatchObject({ unread: 1 });
  });

  test('O6 C26 what was cleared stays so for who comes back to a group that shows everything', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const conversationId = await groupOf(alice, bob);
    await alice.caller.groups.update({ conversationId, historyForNewcomers: 'all' });
    await say(alice, conversationId, 'cleared', 'kept');
    const back = async () => {
      await bob.caller.groups.leave({ conversationId });
      await alice.caller.groups.invite({ conversationId, userIds: ['bob'] });
    };
    await bob.caller.conversations.clear({ conversationId, upToSeq: 3 });
    await back();
    expect(await seqs(bob, conversationId)).toEqual([4, 5, 6]);
    await bob.caller.conversations.clear({ conversationId });
    await back();
    expect(await seqs(bob, conversationId)).toEqual([7, 8]);
    await bob.caller.groups.leave({ conversationId });
    await bob.caller.conversations.clear({ conversationId });
    await alice.caller.groups.invite({ conversationId, userIds: ['bob'] });
    expect(await seqs(bob, conversationId)).toEqual([9, 10]);
  });
});

describe('the system conversation', () => {
  test('O8 everybody has one; it is sorted, counted and read like any other, but not written to', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice', 'bob', 'carol');
    const { backend } = await world.backend();
    const send = (clientMessageId: string, words: string) => {
      const content = { type: 'text' as const, text: words };
      const messages = ['alice', 'bob', 'nobody', 'carol'].map((toUserId) => ({ toUserId, clientMessageId, content }));
      return backend.sendBatch({ messages });
    };
    const first = newId();
    const sent = { message: { seq: 1 }, deduplicated: false };
    const unknown = { refusal: { code: 'NOT_FOUND' } };
    expect((await send(first, 'Welcome')).items).toMatchObject([sent, sent, unknown, sent]);
    const again = { ...sent, deduplicated: true };
    expect((await send(first, 'Welcome')).items).toMatchObject([again, again, unknown, again]);
    await send(newId(), 'Maintenance tonight');

    const id = systemConversationId('alice');
    const view = await get(alice, id);
    expect(view).toMatchObject({
      ...{ kind: 'system', title: 'Nexo', head: { seq: 2 } },
      ...{ peer: { id: 'system', kind: 'system' }, me: { unread: 2, readOnly: true } },
      lastMessage: { senderId: 'system' },
    });
    expect(view).not.toHaveProperty('peerReadSeq');
    expect(await refusal(alice.caller.messages.send(text(id)))).toBe('FORBIDDEN');
    expect(await refusal(alice.caller.messages.typing({ conversationId: id, typing: true }))).toBe('FORBIDDEN');
    expect(await refusal(alice.caller.groups.leave({ conversationId: id }))).toBe('FORBIDDEN');
    expect(await refusal(alice.caller.groups.invite({ conversationId: id, userIds: ['bob'] }))).toBe('FORBIDDEN');
    await alice.caller.conversations.markRead({ conversationId: id, seq: 2 });
    expect(await me(alice, id)).toMatchObject({ unread: 0 });
  });

  test('O8 nobody reads that of another, takes the id of the operator, or opens a chat with it', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice', 'bob');
    expect(await refusal(world.user('System'))).toBe('USER_ID_TAKEN');
    const content = { type: 'text' as const, text: 'for bob' };
    await (await world.backend()).backend.send({ toUserId: 'bob', clientMessageId: newId(), content });
    expect(await refusal(get(alice, systemConversationId('bob')))).toBe('NOT_FOUND');
    expect(await refusal(alice.caller.conversations.openDirect({ userId: 'system' }))).toBe('NOT_FOUND');
    expect(await refusal(alice.caller.groups.create({ name: 'With it', memberIds: ['system'] }))).toBe('NOT_FOUND');
    expect((await alice.caller.users.search({ query: 'system' })).items).toEqual([]);
  });

  test('O8 many users, written to by several calls at the same time, have each message once and one conversation', async () => {
    await using world = await createWorld();
    const userIds = Array.from({ length: limits.backendBatchMax }, (_, n) => `user-${n}`);
    await world.services.db.sql`insert into users (id, display_name) select id, id from unnest(${userIds}::text[]) as t (id)`;
    const clientMessageId = newId();
    const content = { type: 'text' as const, text: 'hello all' };
    const messages = userIds.map((toUserId) => ({ toUserId, clientMessageId, content }));
    const { backend } = await world.backend();
    const answers = await Promise.all([1, 2, 3].map(() => backend.sendBatch({ messages })));
    for (const { items } of answers) expect(items.filter((item) => !('message' in item))).toEqual([]);
    const [counts] = await world.services.db.sql`
      select (select count(*) from messages)::int as messages, (select count(*) from conversations)::int as conversations,
        (select count(*) from members)::int as members, (select sum(seq) from heads)::int as seqs`;
    expect(counts).toEqual({ messages: 100, conversations: 100, members: 200, seqs: 100 });
  });
});

describe('users.update', () => {
  test('O9 do not disturb is a setting of one’s own, told to one’s own sessions; nobody can silence another', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    await alice.caller.users.update({ presenceVisibleTo: 'nobody' });
    const told = await toldBy(world, () => alice.caller.users.update({ doNotDisturb: { untilAt: null } }));
    expect(told).toMatchObject([{ kind: 'user', userId: 'alice', events: [{ type: 'me.profile' }] }]);
    expect(await alice.caller.users.me()).toMatchObject({ doNotDisturb: { untilAt: null }, presenceVisibleTo: 'nobody' });
    expect((await bob.caller.users.get({ userIds: ['alice'] })).items[0]).not.toHaveProperty('doNotDisturb');
    expect(await refusal(bob.caller.users.update({ doNotDisturb: null, userId: 'alice' } as object))).toBe('INVALID_INPUT');
    await alice.caller.users.update({ doNotDisturb: null });
    expect(await alice.caller.users.me()).not.toHaveProperty('doNotDisturb');
  });
});

test('O9 a setting that is so already is told to nobody and stops no send', async () => {
  await using world = await createWorld();
  const { alice } = await chat(world, 1);
  const settings = { displayName: 'Alice', messagesFrom: 'contacts', readReceipts: true, doNotDisturb: null } as const;
  const untold = async () =>
    (await world.services.db.sql<{ sum: number }[]>`select sum(untold)::int as sum from heads`)[0]?.sum ?? 0;
  expect(await toldBy(world, () => alice.caller.users.update(settings))).toMatchObject([{ events: [{ type: 'me.profile' }] }]);
  const before = await untold();
  expect(before).toBeGreaterThan(0);
  expect(await toldBy(world, () => alice.caller.users.update(settings))).toEqual([]);
  expect(await alice.caller.users.update(settings)).toMatchObject({ messagesFrom: 'contacts', readReceipts: true });
  expect(await toldBy(world, () => alice.caller.users.update({ ...settings, bio: 'Hello' }))).toHaveLength(1);
  expect(await untold()).toBe(before);
});
