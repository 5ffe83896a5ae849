import { type ConversationView, limits, type MessageView, newId, type StreamItem } from '@nexo/shared';
import { describe, expect, test } from 'vitest';
import { createWorld, type World, type WorldUser } from '../src/testing/index.ts';
import { groupOf, people, refusal, refusalOf, say, text } from './scene.ts';
import { createSecondNode } from './second-node.ts';

const words = (content: string) => ({ type: 'text' as const, text: content });
const get = (user: WorldUser, conversationId: string): Promise<ConversationView> =>
  user.caller.conversations.get({ conversationId });
const list = async (user: WorldUser, conversationId: string): Promise<MessageView[]> =>
  (await user.caller.messages.list({ conversationId, limit: 100 })).items;
const one = async (user: WorldUser, conversationId: string, seq: number): Promise<MessageView | undefined> =>
  (await user.caller.messages.get({ conversationId, seqs: [seq] })).items[0];
const textsOf = (messages: readonly MessageView[]) =>
  messages.map(({ content }) => (content.type === 'text' ? content.text : content.type));

async function pair(world: World) {
  const [alice, bob] = await people(world, 'alice', 'bob');
  const { id } = await alice.caller.conversations.openDirect({ userId: 'bob' });
  return { alice, bob, id };
}

/** Owner, an admin (roles are set by hand: how is another matter), two members. */
async function groupWithRoles(world: World) {
  const [owner, admin, carol, dave] = await people(world, 'owner', 'admin', 'carol', 'dave');
  const id = await groupOf(owner, admin, carol, dave);
  await world.services.db.sql`update members set role = 'admin' where conversation_id = ${id} and user_id = 'admin'`;
  return { owner, admin, carol, dave, id };
}

/** Events of the conversation that were told since, with their numbers. */
function toldOf(world: World, conversationId: string): StreamItem[] {
  return world.heard.flatMap((message) =>
    message.kind === 'conversation' && message.conversationId === conversationId ? message.events : [],
  );
}

/** The unread as anybody could count them by hand: what they can see after their read position, countable and not revoked. */
async function recount(user: WorldUser, conversationId: string): Promise<number> {
  const { me } = await get(user, conversationId);
  const messages = await list(user, conversationId);
  return messages.filter(({ seq, countable, revokedAt }) => seq > me.readSeq && countable && revokedAt === undefined).length;
}

describe('messages.edit', () => {
  test('M1 puts other words in the same place, and everybody reads those', async () => {
    await using world = await createWorld();
    const { alice, bob, id } = await pair(world);
    const [sent] = await say(alice, id, 'helo');
    world.clock.turn(1_000);
    world.heard.length = 0;
    const { message } = await alice.caller.messages.edit({ conversationId: id, seq: 1, content: words('hello') });
    expect(message).toEqual({
      ...sent?.message,
      content: words('hello'),
      change: 2,
      contentChange: 2,
      editedAt: (sent?.message.sentAt ?? 0) + 1_000,
    });
    expect(await list(bob, id)).toEqual([message]);
    expect((await get(bob, id)).lastMessage).toEqual(message);
    expect(toldOf(world, id)).toEqual([{ type: 'message.edited', conversationId: id, change: 2, message }]);
    expect((await get(bob, id)).me.unread).toBe(1);
  });

  test('M2 the same words again change nothing and tell nobody, so a retry is harmless', async () => {
    await using world = await createWorld();
    const { alice, id } = await pair(world);
    await say(alice, id, 'helo');
    const first = await alice.caller.messages.edit({ conversationId: id, seq: 1, content: words('hello') });
    world.heard.length = 0;
    expect(await alice.caller.messages.edit({ conversationId: id, seq: 1, content: words('hello') })).toEqual({
      ...first,
      changed: false,
    });
    expect(world.heard).toEqual([]);
    expect((await get(alice, id)).head.change).toBe(2);
  });

  test('M3 every wording is kept, with the time since which it stood', async () => {
    await using world = await createWorld();
    const { alice, bob, id } = await pair(world);
    const [sent] = await say(alice, id, 'one');
    const at = sent?.message.sentAt ?? 0;
    for (const content of ['two', 'three']) {
      world.clock.turn(1_000);
      await alice.caller.messages.edit({ conversationId: id, seq: 1, content: words(content) });
    }
    expect((await bob.caller.messages.history({ conversationId: id, seq: 1 })).items).toEqual([
      { content: words('one'), at },
      { content: words('two'), at: at + 1_000 },
      { content: words('three'), at: at + 2_000 },
    ]);
  });

  test('M3 a message is edited so many times and no more', async () => {
    await using world = await createWorld();
    const { alice, id } = await pair(world);
    await say(alice, id, 'one');
    const edit = (content: string) => alice.caller.messages.edit({ conversationId: id, seq: 1, content: words(content) });
    for (let i = 0; i < limits.messageEditsMax; i++) await edit(`version ${i}`);
    expect(await refusalOf(edit('one too many'))).toMatchObject({ code: 'LIMIT_REACHED', field: 'content', retryable: false });
    expect(textsOf(await list(alice, id))).toEqual([`version ${limits.messageEditsMax - 1}`]);
  });

  test('M4 A10 only who wrote it, whatever their role', async () => {
    await using world = await createWorld();
    const { owner, admin, carol, dave, id } = await groupWithRoles(world);
    const [sent] = await say(carol, id, 'mine');
    const seq = sent?.message.seq ?? 0;
    for (const user of [owner, admin, dave]) {
      expect(await refusal(user.caller.messages.edit({ conversationId: id, seq, content: words('yours') }))).toBe('FORBIDDEN');
    }
    expect(await refusal(carol.caller.messages.edit({ conversationId: id, seq: 1, content: words('x') }))).toBe('FORBIDDEN');
    expect(textsOf(await list(owner, id)).at(-1)).toBe('mine');
  });

  test('M4 only in its window; in the notes to oneself for ever', async () => {
    const messageRules = { editWindowMs: 60_000, revokeWindowMs: 60_000 };
    await using world = await createWorld({ settings: { messageRules } });
    const { alice, id } = await pair(world);
    const notes = (await alice.caller.conversations.openDirect({ userId: 'alice' })).id;
    await say(alice, id, 'one');
    await say(alice, notes, 'milk');
    world.clock.turn(60_000);
    await alice.caller.messages.edit({ conversationId: id, seq: 1, content: words('two') });
    world.clock.turn(1);
    expect(await refusalOf(alice.caller.messages.edit({ conversationId: id, seq: 1, content: words('three') }))).toMatchObject({
      code: 'TOO_LATE',
      message: 'A message can be edited for 1 minute only.',
    });
    world.clock.turn(365 * 24 * 3_600_000);
    await alice.caller.messages.edit({ conversationId: notes, seq: 1, content: words('bread') });
    expect(await alice.caller.messages.rules()).toEqual(messageRules);
  });

  test('M4 a text that could not be sent cannot be edited in', async () => {
    await using world = await createWorld();
    const { alice, id } = await pair(world);
    await say(alice, id, 'one');
    const edit = (content: string) => alice.caller.messages.edit({ conversationId: id, seq: 1, content: words(content) });
    expect(await refusal(edit('x'.repeat(limits.messageTextMaxBytes + 1)))).toBe('MESSAGE_TOO_LARGE');
    expect(await refusal(edit('  '))).toBe('INVALID_INPUT');
    expect(await refusal(edit('\0'))).toBe('INVALID_INPUT');
  });

  test('M5 the retry of a send that was edited or revoked meanwhile gets its message, once', async () => {
    await using world = await createWorld();
    const { alice, id } = await pair(world);
    const [first, second] = [text(id, 'one'), text(id, 'two')];
    await alice.caller.messages.send(first);
    await alice.caller.messages.send(second);
    await alice.caller.messages.edit({ conversationId: id, seq: 1, content: words('edited') });
    await alice.caller.messages.revoke({ conversationId: id, seq: 2 });
    expect(await alice.caller.messages.send(first)).toMatchObject({
      deduplicated: true,
      message: { seq: 1, content: words('edited') },
    });
    expect(await alice.caller.messages.send(second)).toMatchObject({
      deduplicated: true,
      message: { seq: 2, content: { type: 'revoked' } },
    });
    expect(await list(alice, id)).toHaveLength(2);
  });

  test('M6 A3 who sends again after leaving gets what was said then, without later edits and reactions', async () => {
    await using world = await createWorld();
    const { owner, carol, dave, id } = await groupWithRoles(world);
    const [quoted] = await say(carol, id, 'first');
    const input = text(id, 'mine', { replyTo: quoted?.message.seq ?? 0 });
    const { message } = await dave.caller.messages.send(input);
    await dave.caller.groups.leave({ conversationId: id });
    await carol.caller.messages.edit({
      conversationId: id,
      seq: quoted?.message.seq ?? 0,
      content: words('for those who stayed'),
    });
    await owner.caller.messages.react({ conversationId: id, seq: message.seq, emoji: '👍', on: true });
    const again = await dave.caller.messages.send(input);
    expect(again).toEqual({ message: { ...message, change: again.message.change }, deduplicated: true });
    await owner.caller.messages.revoke({ conversationId: id, seq: message.seq });
    expect(await dave.caller.messages.send(input)).toMatchObject({
      ...{ deduplicated: true, message: { seq: message.seq, content: { type: 'revoked' } } },
    });
  });

  test('M6 A3 to who left nobody speaks by an edit of later', async () => {
    await using world = await createWorld();
    const { owner, carol, dave, id } = await groupWithRoles(world);
    const [plain, loud] = await say(carol, id, 'nobody', '@Dave look');
    const toDave = (more: string) => ({
      ...{ type: 'text' as const, text: `@Dave ${more}`, mentions: [{ userId: 'dave', name: 'Dave' }] },
    });
    const [plainSeq, loudSeq] = [plain?.message.seq ?? 0, loud?.message.seq ?? 0];
    await carol.caller.messages.edit({ conversationId: id, seq: loudSeq, content: toDave('in time') });
    const all = await owner.caller.messages.send({ ...text(id), content: { type: 'text', text: '@all', mentionsAll: true } });
    const mentions = [loudSeq, all.message.seq];
    expect((await get(dave, id)).me.mentions).toEqual(mentions);
    await dave.caller.groups.leave({ conversationId: id });
    await carol.caller.messages.edit({ conversationId: id, seq: plainSeq, content: toDave('too late') });
    await carol.caller.messages.edit({ conversationId: id, seq: loudSeq, content: toDave('again') });
    expect((await get(dave, id)).me.mentions).toEqual(mentions);
  });

  test('M6 who left before an edit reads what was said then, also in quotes and in the history', async () => {
    await using world = await createWorld();
    const { owner, carol, dave, id } = await groupWithRoles(world);
    const [sent] = await say(carol, id, 'first');
    const seq = sent?.message.seq ?? 0;
    await carol.caller.messages.edit({ conversationId: id, seq, content: words('second') });
    await owner.caller.messages.send(text(id, 'an answer', { replyTo: seq }));
    const cursor = (await get(dave, id)).head.change;
    await dave.caller.groups.leave({ conversationId: id });
    const before = await list(dave, id);
    await carol.caller.messages.edit({ conversationId: id, seq, content: words('only for those who stayed') });
    await owner.caller.messages.react({ conversationId: id, seq, emoji: '👍', on: true });
    expect((await list(dave, id)).map(withoutChange)).toEqual(before.map(withoutChange));
    expect(await one(dave, id, seq)).toMatchObject({ content: words('second') });
    expect(await get(dave, id)).toMatchObject({ lastMessage: { replyTo: { seq, excerpt: 'second' } } });
    const { items } = await dave.caller.messages.history({ conversationId: id, seq });
    expect(items.map(({ content }) => content)).toEqual([words('first'), words('second')]);
    for (const since of [0, 1, cursor]) {
      const repair = await dave.caller.sync.changes({ conversationId: id, since });
      expect(JSON.stringify(repair)).not.toContain('only for those who stayed');
      expect(JSON.stringify(repair)).not.toContain('👍');
    }
    // What was changed once before they left and once after is not lost to them.
    expect(await dave.caller.sync.changes({ conversationId: id, since: 1 })).toMatchObject({
      kind: 'changes',
      messages: [{ seq, content: words('second') }, { content: words('an answer') }],
    });
  });
});

describe('messages.revoke', () => {
  test('M7 takes the words, their former wordings and the reactions away for ever, and leaves the place', async () => {
    await using world = await createWorld();
    const { alice, bob, id } = await pair(world);
    const [sent] = await say(alice, id, 'secret one');
    await alice.caller.messages.edit({ conversationId: id, seq: 1, content: words('secret two') });
    await bob.caller.messages.react({ conversationId: id, seq: 1, emoji: '👍', on: true });
    world.clock.turn(1_000);
    world.heard.length = 0;
    const { message } = await alice.caller.messages.revoke({ conversationId: id, seq: 1 });
    expect(message).toEqual({
      ...sent?.message,
      content: { type: 'revoked', revokedBy: 'alice' },
      change: 4,
      contentChange: 4,
      revokedAt: (sent?.message.sentAt ?? 0) + 1_000,
    });
    expect(await list(bob, id)).toEqual([message]);
    expect(toldOf(world, id)).toEqual([{ type: 'message.revoked', conversationId: id, change: 4, message }]);
    expect((await bob.caller.messages.history({ conversationId: id, seq: 1 })).items).toHaveLength(1);
    const stored = await world.services.db.sql`
      select to_json(x) from (
        select content, reactions::text as more from messages union all select content, '' from message_edits
        union all select to_jsonb(emoji), user_id from reactions
      ) x`;
    expect(JSON.stringify(stored)).not.toContain('secret');
    expect(stored).toHaveLength(1);
  });

  test('M7 what was revoked quotes nothing any more, in no view and no event', async () => {
    await using world = await createWorld();
    const { alice, bob, id } = await pair(world);
    await say(bob, id, 'what was asked');
    await alice.caller.messages.send(text(id, 'an answer', { replyTo: 1 }));
    world.heard.length = 0;
    const { message } = await alice.caller.messages.revoke({ conversationId: id, seq: 2 });
    const seen = [message, await one(bob, id, 2), (await get(bob, id)).lastMessage, toldOf(world, id)];
    expect(seen).toMatchObject([{ seq: 2 }, { seq: 2 }, { seq: 2 }, [{ type: 'message.revoked' }]]);
    expect(JSON.stringify(seen)).not.toContain('replyTo');
    expect(JSON.stringify(seen)).not.toContain('asked');
  });

  test('M7 again: nothing happens, whoever asks', async () => {
    await using world = await createWorld();
    const { alice, bob, id } = await pair(world);
    await say(alice, id, 'one');
    const first = await alice.caller.messages.revoke({ conversationId: id, seq: 1 });
    world.heard.length = 0;
    for (const { caller } of [alice, bob]) {
      expect(await caller.messages.revoke({ conversationId: id, seq: 1 })).toEqual({ ...first, changed: false });
    }
    expect(world.heard).toEqual([]);
  });

  test('M8 A10 by role: in a direct chat only one’s own; in a group owner all, admins those of ordinary members', async () => {
    await using world = await createWorld();
    const { owner, admin, carol, dave, id } = await groupWithRoles(world);
    const revoke = (user: WorldUser, seq: number) => user.caller.messages.revoke({ conversationId: id, seq });
    const seqOf = async (user: WorldUser) => (await say(user, id, 'x'))[0]?.message.seq ?? 0;
    expect(await refusal(revoke(dave, await seqOf(carol)))).toBe('FORBIDDEN');
    expect(await refusal(revoke(admin, await seqOf(owner)))).toBe('FORBIDDEN');
    expect(await refusal(revoke(carol, await seqOf(admin)))).toBe('FORBIDDEN');
    expect(await refusal(revoke(owner, 1))).toBe('FORBIDDEN');
    for (const [by, from] of [
      [owner, admin],
      [owner, carol],
      [admin, carol],
      [admin, admin],
      [carol, carol],
    ] as const) {
      expect((await revoke(by, await seqOf(from))).message.content).toEqual({ type: 'revoked', revokedBy: by.id });
    }
    const { id: direct } = await carol.caller.conversations.openDirect({ userId: 'dave' });
    await say(carol, direct, 'hello');
    expect(await refusal(dave.caller.messages.revoke({ conversationId: direct, seq: 1 }))).toBe('FORBIDDEN');
  });

  test('M8 one’s own only in its window; who keeps order in a group at any time', async () => {
    await using world = await createWorld({ settings: { messageRules: { editWindowMs: null, revokeWindowMs: 60_000 } } });
    const { owner, admin, carol, id } = await groupWithRoles(world);
    const [a] = await say(carol, id, 'a');
    const [b] = await say(admin, id, 'b');
    world.clock.turn(60_001);
    const revoke = (user: WorldUser, seq = 0) => user.caller.messages.revoke({ conversationId: id, seq });
    expect(await refusal(revoke(carol, a?.message.seq))).toBe('TOO_LATE');
    await revoke(admin, b?.message.seq);
    await revoke(owner, a?.message.seq);
  });

  test('M9 what was revoked before it was read does not count as unread, and what was revoked after it was read changes nothing', async () => {
    await using world = await createWorld();
    const { alice, bob, id } = await pair(world);
    await say(alice, id, '1', '2', '3', '4', '5');
    await bob.caller.conversations.markRead({ conversationId: id, seq: 2 });
    const unread = async () => (await get(bob, id)).me.unread;
    await alice.caller.messages.revoke({ conversationId: id, seq: 1 });
    expect([await unread(), await recount(bob, id)]).toEqual([3, 3]);
    await alice.caller.messages.revoke({ conversationId: id, seq: 4 });
    expect([await unread(), await recount(bob, id)]).toEqual([2, 2]);
    expect(await bob.caller.conversations.markRead({ conversationId: id, seq: 3 })).toEqual({ readSeq: 3, unread: 1 });
    expect(await bob.caller.conversations.markRead({ conversationId: id, seq: 4 })).toEqual({ readSeq: 4, unread: 1 });
    await alice.caller.messages.revoke({ conversationId: id, seq: 5 });
    expect([await unread(), await recount(bob, id)]).toEqual([0, 0]);
    expect((await bob.caller.conversations.list({})).items[0]?.me.unread).toBe(0);
    expect((await bob.caller.sync.snapshot({})).items[0]?.me.unread).toBe(0);
    await say(alice, id, '6');
    expect([await unread(), await recount(bob, id)]).toEqual([1, 1]);
  });

  test('M10 A10 nothing can be done any more with what was revoked', async () => {
    await using world = await createWorld();
    const { alice, bob, id } = await pair(world);
    await say(alice, id, 'one');
    await alice.caller.messages.revoke({ conversationId: id, seq: 1 });
    const at = { conversationId: id, seq: 1 };
    expect(await refusal(alice.caller.messages.edit({ ...at, content: words('two') }))).toBe('MESSAGE_REVOKED');
    expect(await refusal(bob.caller.messages.react({ ...at, emoji: '👍', on: true }))).toBe('MESSAGE_REVOKED');
    expect(await refusal(bob.caller.messages.pin({ ...at, pinned: true }))).toBe('MESSAGE_REVOKED');
  });
});

describe('quotes', () => {
  test('M11 follow an edit and a revocation of what they quote, wherever they are read', async () => {
    await using world = await createWorld();
    const { alice, bob, id } = await pair(world);
    await say(alice, id, 'one');
    const { message } = await bob.caller.messages.send(text(id, 'answer', { replyTo: 1 }));
    expect(message.replyTo).toEqual({ seq: 1, senderId: 'alice', excerpt: 'one' });
    await alice.caller.messages.edit({ conversationId: id, seq: 1, content: words('two') });
    const edited = { seq: 1, senderId: 'alice', excerpt: 'two', change: 3 };
    expect((await one(bob, id, 2))?.replyTo).toEqual(edited);
    expect((await get(bob, id)).lastMessage?.replyTo).toEqual(edited);
    await alice.caller.messages.revoke({ conversationId: id, seq: 1 });
    const revoked = { seq: 1, senderId: 'alice', excerpt: '', change: 4, revoked: true };
    expect((await one(alice, id, 2))?.replyTo).toEqual(revoked);
    const later = await bob.caller.messages.send(text(id, 'late answer', { replyTo: 1 }));
    expect(later.message.replyTo).toEqual(revoked);
    expect((await one(alice, id, 3))?.replyTo).toEqual(revoked);
  });
});

describe('A13 quotes of what their reader may not read', () => {
  const wordless = { seq: 2, senderId: 'alice', excerpt: '' };

  test('A13 have no words wherever a newcomer reads, and words for the others', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    const id = await groupOf(alice, bob);
    await say(alice, id, 'of old times');
    await alice.caller.groups.invite({ conversationId: id, userIds: ['carol'] });
    const { userChange, epoch } = await carol.caller.sync.snapshot({});
    const { change } = (await get(carol, id)).head;
    const { message } = await bob.caller.messages.send(text(id, 'as she said', { replyTo: 2 }));
    const worded = { ...wordless, excerpt: 'of old times' };
    expect((await one(alice, id, message.seq))?.replyTo).toEqual(worded);

    expect((await one(carol, id, message.seq))?.replyTo).toEqual(wordless);
    expect((await get(carol, id)).lastMessage?.replyTo).toEqual(wordless);
    const conversations = [{ id, change }];
    const ways = [
      await carol.caller.messages.list({ conversationId: id }),
      await carol.caller.messages.list({ conversationId: id, around: message.seq }),
      await carol.caller.conversations.list({}),
      await carol.caller.sync.snapshot({}),
      await carol.caller.sync.changes({ conversationId: id, since: change }),
      await carol.caller.sync.changes({ conversationId: id, since: 0 }),
      await carol.caller.sync.resume({ epoch, userChange, conversations }),
      await carol.caller.sync.resume({ epoch, userChange, conversations: [] }),
    ];
    for (const way of ways) {
      expect(JSON.stringify(way)).toContain('as she said');
      expect(JSON.stringify(way)).not.toContain('of old times');
    }
    // Nor what became of it, which is not told them either.
    await alice.caller.messages.edit({ conversationId: id, seq: 2, content: words('of older times') });
    expect((await one(carol, id, message.seq))?.replyTo).toEqual(wordless);
    await alice.caller.messages.revoke({ conversationId: id, seq: 2 });
    expect((await one(carol, id, message.seq))?.replyTo).toEqual(wordless);
  });

  test('A13 have no words in the answers to who has cleared it, whatever they do; the others are told all', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    await say(alice, id, 'soon cleared');
    const input = text(id, 'an answer', { replyTo: 2 });
    const { message } = await bob.caller.messages.send(input);
    const at = { conversationId: id, seq: message.seq };
    await bob.caller.conversations.clear({ conversationId: id, upToSeq: 2 });
    world.heard.length = 0;
    const answers = [
      await bob.caller.messages.send(input),
      await bob.caller.messages.react({ ...at, emoji: '👍', on: true }),
      await bob.caller.messages.edit({ ...at, content: words('another') }),
      await bob.caller.messages.revoke(at),
    ];
    expect(answers.map((answer) => answer.message.replyTo)).toEqual([wordless, wordless, wordless, undefined]);
    const told = toldOf(world, id).flatMap((event) => ('message' in event ? [event.message.replyTo?.excerpt] : []));
    expect(told).toEqual(['soon cleared', undefined]);
  });
});

describe('messages.react', () => {
  const react = (user: WorldUser, conversationId: string, emoji: string, on = true, seq = 1) =>
    user.caller.messages.react({ conversationId, seq, emoji, on });

  test('M12 says how it is to be: again changes nothing and tells nobody', async () => {
    await using world = await createWorld();
    const { alice, bob, id } = await pair(world);
    await say(alice, id, 'one');
    world.heard.length = 0;
    const set = await react(bob, id, '👍');
    expect(set.message).toMatchObject({ change: 2, reactions: [{ emoji: '👍', count: 1, userIds: ['bob'] }] });
    expect(await react(bob, id, '👍')).toEqual({ ...set, changed: false });
    expect((await react(bob, id, '👍', false)).message).not.toHaveProperty('reactions');
    await react(bob, id, '👍', false);
    expect(toldOf(world, id)).toEqual([
      {
        ...{ type: 'message.reacted', conversationId: id, change: 2, seq: 1, userId: 'bob', on: true },
        reaction: { emoji: '👍', count: 1, userIds: ['bob'] },
      },
      {
        ...{ type: 'message.reacted', conversationId: id, change: 3, seq: 1, userId: 'bob', on: false },
        reaction: { emoji: '👍', count: 0, userIds: [] },
      },
    ]);
    expect(await list(alice, id)).toEqual([{ ...set.message, change: 3, reactions: undefined }].map(withoutUndefined));
  });

  test('M12 twenty at once by two people end as one of each', async () => {
    await using world = await createWorld();
    const { alice, bob, id } = await pair(world);
    await say(alice, id, 'one');
    await Promise.all(Array.from({ length: 20 }, (_, i) => react(i % 2 ? alice : bob, id, '🎉')));
    const [message] = await list(alice, id);
    expect(message?.reactions?.map(({ emoji, count, userIds }) => [emoji, count, [...userIds].sort()])).toEqual([
      ['🎉', 2, ['alice', 'bob']],
    ]);
    expect((await get(alice, id)).head.change).toBe(3);
  });

  test('M13 kinds stand by when they came, people by when they reacted; a kind keeps its place while anybody has it', async () => {
    await using world = await createWorld();
    const { owner, admin, carol, id } = await groupWithRoles(world);
    const [sent] = await say(owner, id, 'one');
    const seq = sent?.message.seq ?? 0;
    await react(carol, id, '❤️', true, seq);
    await react(admin, id, '👍', true, seq);
    await react(owner, id, '❤', true, seq);
    await react(carol, id, '❤️', false, seq);
    expect((await one(carol, id, seq))?.reactions).toEqual([
      { emoji: '❤️', count: 1, userIds: ['owner'] },
      { emoji: '👍', count: 1, userIds: ['admin'] },
    ]);
    await react(carol, id, '❤️', true, seq);
    expect((await one(carol, id, seq))?.reactions?.[0]).toEqual({ emoji: '❤️', count: 2, userIds: ['owner', 'carol'] });
    const { items, mine } = await carol.caller.messages.reactions({ conversationId: id, seq, emoji: '❤' });
    expect([items.map(({ userId }) => userId), mine]).toEqual([['owner', 'carol'], true]);
  });

  test('M13 at most so many kinds; a kind that is there takes everybody', async () => {
    await using world = await createWorld();
    const { alice, bob, id } = await pair(world);
    await say(alice, id, 'one');
    const kinds = Array.from({ length: limits.reactionKindsMax + 1 }, (_, i) => String.fromCodePoint(0x1f600 + i));
    for (const emoji of kinds.slice(0, -1)) await react(alice, id, emoji);
    expect(await refusalOf(react(bob, id, kinds.at(-1) ?? ''))).toMatchObject({ code: 'LIMIT_REACHED', field: 'emoji' });
    expect((await react(bob, id, kinds[0] ?? '')).message.reactions?.[0]?.count).toBe(2);
    await react(alice, id, kinds[1] ?? '', false);
    expect((await react(bob, id, kinds.at(-1) ?? '')).message.reactions).toHaveLength(limits.reactionKindsMax);
  });

  test('M13 names so many people and counts the rest; who takes theirs back makes room for the next', async () => {
    await using world = await createWorld();
    const [owner] = await people(world, 'owner');
    const names = Array.from({ length: limits.reactionNamesMax + 2 }, (_, i) => `p${String(i).padStart(2, '0')}`);
    const users = await people(world, ...names);
    const id = await groupOf(owner, ...users);
    const [sent] = await say(owner, id, 'one');
    const seq = sent?.message.seq ?? 0;
    for (const user of users) await react(user, id, '👍', true, seq);
    const kind = async () => (await one(owner, id, seq))?.reactions?.[0];
    expect(await kind()).toEqual({ emoji: '👍', count: names.length, userIds: names.slice(0, limits.reactionNamesMax) });
    await react(users[0] ?? owner, id, '👍', false, seq);
    expect(await kind()).toEqual({ emoji: '👍', count: names.length - 1, userIds: names.slice(1, limits.reactionNamesMax + 1) });
    const first = await owner.caller.messages.reactions({ conversationId: id, seq, emoji: '👍', limit: 50 });
    const second = await owner.caller.messages.reactions({
      conversationId: id,
      seq,
      emoji: '👍',
      cursor: first.nextCursor ?? '',
    });
    expect([...first.items, ...second.items].map(({ userId }) => userId)).toEqual(names.slice(1));
    expect([second.nextCursor, second.mine]).toEqual([null, false]);
  });

  test('M14 takes one emoji and nothing else', async () => {
    await using world = await createWorld();
    const { alice, id } = await pair(world);
    await say(alice, id, 'one');
    for (const emoji of ['👍', '👍🏽', '❤', '🏳️‍🌈', '🇩🇪', '1️⃣', '👩‍👩‍👧‍👦', '🏴󠁧󠁢󠁥󠁮󠁧󠁿'])
      expect((await react(alice, id, emoji)).message).toBeDefined();
    for (const wrong of ['', 'a', 'ok', '👍👍', '1', '<b>', '👍 ', '\u200d', '\ufe0f', 'x'.repeat(65)]) {
      expect(await refusal(react(alice, id, wrong)), wrong).toBe('INVALID_INPUT');
    }
  });
});

describe('messages.pin', () => {
  const pin = (user: WorldUser, conversationId: string, seq: number, pinned = true) =>
    user.caller.messages.pin({ conversationId, seq, pinned });

  test('M15 everybody sees what is pinned, by place; again changes nothing', async () => {
    await using world = await createWorld();
    const { alice, bob, id } = await pair(world);
    await say(alice, id, '1', '2', '3');
    world.heard.length = 0;
    await pin(bob, id, 3);
    await pin(alice, id, 1);
    await pin(alice, id, 1);
    const expected = [
      { seq: 1, pinnedBy: 'alice', pinnedAt: world.clock.now(), change: 5 },
      { seq: 3, pinnedBy: 'bob', pinnedAt: world.clock.now(), change: 4 },
    ];
    expect((await get(alice, id)).pins).toEqual(expected);
    expect((await get(bob, id)).pins).toEqual(expected);
    await pin(bob, id, 1, false);
    await pin(bob, id, 1, false);
    expect((await get(bob, id)).pins).toEqual(expected.slice(1));
    expect(toldOf(world, id).map((item) => item.type)).toEqual(['message.pinned', 'message.pinned', 'message.unpinned']);
  });

  test('M15 A10 in a group the owner and admins pin', async () => {
    await using world = await createWorld();
    const { owner, admin, carol, id } = await groupWithRoles(world);
    const [sent] = await say(carol, id, 'one');
    const seq = sent?.message.seq ?? 0;
    expect(await refusal(pin(carol, id, seq))).toBe('FORBIDDEN');
    await pin(admin, id, seq);
    await pin(owner, id, seq, false);
    expect(await refusal(pin(owner, id, 1))).toBe('FORBIDDEN');
  });

  test('M15 at most so many', async () => {
    await using world = await createWorld();
    const { alice, id } = await pair(world);
    await say(alice, id, ...Array.from({ length: limits.pinsMax + 1 }, (_, i) => `${i}`));
    for (let seq = 1; seq <= limits.pinsMax; seq++) await pin(alice, id, seq);
    expect(await refusalOf(pin(alice, id, limits.pinsMax + 1))).toMatchObject({ code: 'LIMIT_REACHED', field: 'pinned' });
  });

  test('M16 what is revoked is pinned no more, in the same commit', async () => {
    await using world = await createWorld();
    const { alice, bob, id } = await pair(world);
    await say(alice, id, '1');
    await pin(bob, id, 1);
    world.heard.length = 0;
    await alice.caller.messages.revoke({ conversationId: id, seq: 1 });
    expect(await get(bob, id)).not.toHaveProperty('pins');
    expect(toldOf(world, id).map((item) => [item.type, 'change' in item ? item.change : 0])).toEqual([
      ['message.unpinned', 3],
      ['message.revoked', 4],
    ]);
    expect(world.heard).toHaveLength(1);
  });

  test('M17 a newcomer is not told of pins that they cannot see; who left sees those of their time', async () => {
    await using world = await createWorld();
    const { owner, carol, dave, id } = await groupWithRoles(world);
    const [newcomer] = await people(world, 'newcomer');
    const [a, b] = await say(carol, id, 'a', 'b');
    await pin(owner, id, a?.message.seq ?? 0);
    await dave.caller.groups.leave({ conversationId: id });
    await owner.caller.groups.invite({ conversationId: id, userIds: ['newcomer'] });
    await pin(owner, id, b?.message.seq ?? 0);
    const seqs = async (user: WorldUser) => (await get(user, id)).pins?.map(({ seq }) => seq) ?? [];
    expect(await seqs(newcomer)).toEqual([]);
    expect(await seqs(dave)).toEqual([a?.message.seq]);
    expect(await seqs(carol)).toEqual([a?.message.seq, b?.message.seq]);
  });
});

describe('messages.remove', () => {
  const remove = (user: WorldUser, conversationId: string, ...seqs: number[]) =>
    user.caller.messages.remove({ conversationId, seqs });

  test('M18 for oneself alone: no read of messages shows them, on any device; others see no difference', async () => {
    await using world = await createWorld();
    const { alice, bob, id } = await pair(world);
    await say(alice, id, '1', '2', '3', '4');
    const before = await list(alice, id);
    world.heard.length = 0;
    await remove(bob, id, 2, 4, 99);
    expect(textsOf(await list(bob, id))).toEqual(['1', '3']);
    expect(textsOf((await bob.caller.messages.list({ conversationId: id, before: 4 })).items)).toEqual(['1', '3']);
    expect(textsOf((await bob.caller.messages.list({ conversationId: id, after: 1 })).items)).toEqual(['3']);
    expect(textsOf((await bob.caller.messages.list({ conversationId: id, around: 2 })).items)).toEqual(['1', '3']);
    expect(await one(bob, id, 2)).toBeUndefined();
    expect((await get(bob, id)).lastMessage?.seq).toBe(3);
    expect(await list(alice, id)).toEqual(before);
    expect((await get(alice, id)).lastMessage?.seq).toBe(4);
    for (const since of [0, 1]) {
      const repair = await bob.caller.sync.changes({ conversationId: id, since });
      expect(repair.kind === 'gone' ? [] : textsOf(repair.messages)).toEqual(since === 0 ? ['1', '3'] : ['3']);
    }
    expect(world.heard).toEqual([
      {
        ...{ kind: 'user', userId: 'bob', change: expect.any(Number) },
        events: [expect.objectContaining({ type: 'me.removed', conversationId: id, seqs: [2, 4] })],
      },
    ]);
  });

  test('M18 again: nothing happens; a stranger and who cannot see it remove nothing', async () => {
    await using world = await createWorld();
    const { alice, bob, id } = await pair(world);
    const [carol] = await people(world, 'carol');
    await say(alice, id, '1');
    const first = await remove(bob, id, 1);
    world.heard.length = 0;
    expect(await remove(bob, id, 1)).toEqual(first);
    expect(world.heard).toEqual([]);
    expect(await refusal(remove(carol, id, 1))).toBe('NOT_FOUND');
    expect(textsOf(await list(alice, id))).toEqual(['1']);
  });

  test('M18 who has left tidies up as well, and the head that they saw stays where it was', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    const said = await say(alice, id, '1', '2');
    await bob.caller.groups.leave({ conversationId: id });
    const { head, countable } = await get(bob, id);
    await remove(bob, id, said[1]?.message.seq ?? 0);
    expect(await get(bob, id)).toMatchObject({ head, countable, lastMessage: { seq: said[0]?.message.seq }, me: { unread: 1 } });
    expect(await bob.caller.sync.changes({ conversationId: id, since: head.change - 1 })).toMatchObject({ head, countable });
  });

  test('M19 what was removed unread does not count as unread', async () => {
    await using world = await createWorld();
    const { alice, bob, id } = await pair(world);
    await say(alice, id, '1', '2', '3');
    await remove(bob, id, 2);
    expect([(await get(bob, id)).me.unread, await recount(bob, id)]).toEqual([2, 2]);
    await alice.caller.messages.revoke({ conversationId: id, seq: 2 });
    expect((await get(bob, id)).me.unread).toBe(2);
    expect(await bob.caller.conversations.markRead({ conversationId: id, seq: 3 })).toEqual({ readSeq: 3, unread: 0 });
  });

  test('M20 a device that was away hears what was removed, and gets those conversations anew', async () => {
    await using world = await createWorld();
    const { alice, bob, id } = await pair(world);
    await say(alice, id, '1', '2', '3');
    const { epoch, userChange, items } = await bob.caller.sync.snapshot({});
    const conversations = items.map((view) => ({ id: view.id, change: view.head.change }));
    await remove(bob, id, 3);
    const resumed = await bob.caller.sync.resume({ epoch, userChange, conversations });
    expect(resumed).toMatchObject({
      kind: 'resumed',
      removed: [{ conversationId: id, seqs: [3] }],
      repairs: [{ kind: 'reset', conversation: { id, lastMessage: { seq: 2 }, me: { unread: 2 } } }],
    });
    const again = await bob.caller.sync.resume({
      epoch,
      userChange: resumed.kind === 'resumed' ? resumed.userChange : 0,
      conversations,
    });
    expect(again).toMatchObject({ repairs: [] });
    expect(again).not.toHaveProperty('removed');
  });
});

test('M22 whatever races over two nodes, the changes have no hole, and what was told is what is there', async () => {
  await using world = await createWorld();
  await using node = createSecondNode(world);
  const { alice, bob, id } = await pair(world);
  await say(alice, id, '1', '2', '3');
  const asBob = node.as(bob);
  world.heard.length = 0;
  const at = (seq: number) => ({ conversationId: id, seq });
  const told: StreamItem[] = [];
  node.services.bus.subscribe((messages) => {
    for (const message of messages) if (message.kind === 'conversation') told.push(...message.events);
  });
  const tries = await Promise.allSettled(
    Array.from({ length: 12 }, (_, i) => [
      alice.caller.messages.edit({ ...at(1), content: words(`edit ${i}`) }),
      asBob.messages.react({ ...at(1 + (i % 3)), emoji: i % 2 === 0 ? '👍' : '🎉', on: i % 4 < 2 }),
      asBob.messages.pin({ ...at(1 + (i % 3)), pinned: i % 2 === 0 }),
      ...(i === 6 ? [alice.caller.messages.revoke(at(1))] : []),
      alice.caller.messages.send(text(id, `more ${i}`)),
    ]).flat(),
  );
  const faults = tries.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
  expect(faults.filter((fault) => !fault.includes('deleted'))).toEqual([]);
  const { head, pins = [] } = await get(alice, id);
  const numbers = [...told, ...toldOf(world, id)].map((item) => ('change' in item ? item.change : 0)).sort((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: head.change - 3 }, (_, i) => i + 4));
  const messages = await list(bob, id);
  expect(messages[0]).toMatchObject({ content: { type: 'revoked' } });
  expect(messages[0]).not.toHaveProperty('reactions');
  expect(pins.map(({ seq }) => seq)).not.toContain(1);
  const rows = await world.services.db.sql<{ seq: number; emoji: string; count: number }[]>`
    select seq, emoji, count(*)::int as count from reactions where conversation_id = ${id} group by 1, 2 order by 1, 2`;
  const shown = messages.flatMap(({ seq, reactions = [] }) => reactions.map(({ emoji, count }) => ({ seq, emoji, count })));
  expect(shown.sort((a, b) => a.seq - b.seq || (a.emoji < b.emoji ? -1 : 1))).toEqual(
    [...rows].sort((a, b) => a.seq - b.seq || (a.emoji < b.emoji ? -1 : 1)),
  );
});

test('M21 A1 to a stranger every verb about a message looks as if there were no conversation; who left is refused', async () => {
  await using world = await createWorld();
  const { carol, dave, id } = await groupWithRoles(world);
  const [stranger] = await people(world, 'stranger');
  const [sent] = await say(carol, id, 'one');
  const at = { conversationId: id, seq: sent?.message.seq ?? 0 };
  await dave.caller.groups.leave({ conversationId: id });
  const calls = (user: WorldUser) => [
    () => user.caller.messages.edit({ ...at, content: words('x') }),
    () => user.caller.messages.revoke(at),
    () => user.caller.messages.react({ ...at, emoji: '👍', on: true }),
    () => user.caller.messages.reactions({ ...at, emoji: '👍' }),
    () => user.caller.messages.pin({ ...at, pinned: true }),
  ];
  for (const call of calls(stranger)) expect(await refusal(call())).toBe('NOT_FOUND');
  for (const call of calls(dave)) expect(await refusal(call())).toBe('FORBIDDEN');
  const nowhere = { conversationId: newId(), seq: 1 };
  expect(await refusalOf(stranger.caller.messages.revoke(nowhere))).toEqual(await refusalOf(stranger.caller.messages.revoke(at)));
  const unseen = { conversationId: id, seq: 99 };
  expect(await refusal(carol.caller.messages.revoke(unseen))).toBe('NOT_FOUND');
  const [newcomer] = await people(world, 'newcomer');
  await carol.caller.groups.invite({ conversationId: id, userIds: ['newcomer'] });
  for (const call of calls(newcomer)) expect(await refusal(call())).toBe('NOT_FOUND');
});

/** Whatever touched it afterwards, its change is at most the one by which the reader left. */
function withoutChange({ change: _change, ...message }: MessageView) {
  return message;
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as T;
}
