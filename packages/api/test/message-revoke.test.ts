import { describe, expect, test } from 'vitest';
import { createWorld, type WorldUser } from '../src/testing/index.ts';
import { get, groupWithRoles, list, one, pair, recount, toldOf, words } from './message-scene.ts';
import { groupOf, people, refusal, say, text } from './scene.ts';

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
