import { newId } from '@nexo/shared';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeTypingReach } from '../src/messages/typing-reach.ts';
import { createWorld, type WorldUser } from '../src/testing/index.ts';
import { beforeStatement } from './before-statement.ts';
import { become, blocksOf, contactsOf, direct, toldTo } from './contact-scene.ts';
import { people, refusal, refusalOf, say, text } from './scene.ts';

describe('A18 contacts.block', () => {
  test('S5 who has blocked somebody looks to them like who has nothing to do with them, whatever is asked', async () => {
    await using world = await createWorld();
    const [bob, mia, tom] = await people(world, 'bob', 'mia', 'tom');
    await mia.caller.contacts.block({ userId: 'bob' });
    for (const one of [mia, tom]) await one.caller.users.update({ presenceVisibleTo: 'nobody', messagesFrom: 'nobody' });
    const answersAbout = async (userId: string) => {
      const opened = await bob.caller.conversations.openDirect({ userId });
      const answers = [
        await bob.caller.users.get({ userIds: [userId] }),
        await bob.caller.users.search({ query: userId }),
        await bob.caller.presence.get({ userIds: [userId] }),
        await bob.caller.presence.subscribe({ userIds: [userId] }),
        opened,
        await refusalOf(bob.caller.messages.send(text(opened.id))),
        await bob.caller.messages.list({ conversationId: opened.id }),
        await bob.caller.contacts.list({ limit: 100 }),
      ];
      const moving = new Set(['userChange', 'change', 'createdAt', 'joinedAt']);
      return JSON.stringify(answers, (key, value) => (moving.has(key) ? 0 : value))
        .replaceAll(opened.id, 'the conversation')
        .replaceAll(new RegExp(userId, 'gi'), 'them');
    };
    expect(await answersAbout('mia')).toBe(await answersAbout('tom'));
  });

  test('K12 nothing can be sent either way; the one who is blocked cannot tell it from a setting', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    const id = await direct(alice, bob);
    const [sent] = await say(bob, id, 'before');
    await alice.caller.contacts.block({ userId: 'bob' });
    await carol.caller.users.update({ messagesFrom: 'nobody', contactRequestsFrom: 'nobody' });
    const blocked = await refusalOf(bob.caller.messages.send(text(id)));
    expect(blocked).toMatchObject({ code: 'NOT_REACHABLE' });
    expect(await refusalOf(bob.caller.messages.send(text(await direct(bob, carol))))).toEqual(blocked);
    expect(await refusal(alice.caller.messages.send(text(id)))).toBe('BLOCKED_BY_YOU');
    const asked = await refusalOf(bob.caller.contacts.request({ userId: 'alice' }));
    expect(await refusalOf(bob.caller.contacts.request({ userId: 'carol' }))).toEqual(asked);
    expect(await refusal(alice.caller.contacts.request({ userId: 'bob' }))).toBe('BLOCKED_BY_YOU');
    // What was sent before is answered as ever, and nothing else about the conversation is different.
    const again = { ...text(id, 'before'), clientMessageId: sent?.message.clientMessageId ?? '' };
    expect(await bob.caller.messages.send(again)).toMatchObject({ deduplicated: true });
    await alice.caller.contacts.unblock({ userId: 'bob' });
    expect((await say(bob, id, 'after'))[0]?.message.seq).toBe(2);
  });

  test('K12 where only contacts may write, who is blocked is refused as who is no contact, and a contact as where nobody may', async () => {
    await using world = await createWorld();
    const [alice, bob, carol, dave] = await people(world, 'alice', 'bob', 'carol', 'dave');
    const ids = { bob: await direct(bob, alice), carol: await direct(carol, alice), dave: await direct(dave, alice) };
    await become(alice, dave);
    await alice.caller.users.update({ messagesFrom: 'contacts' });
    for (const userId of ['bob', 'dave']) await alice.caller.contacts.block({ userId });
    const stranger = await refusalOf(carol.caller.messages.send(text(ids.carol)));
    expect(stranger).toMatchObject({ code: 'CONTACTS_ONLY' });
    expect(await refusalOf(bob.caller.messages.send(text(ids.bob)))).toEqual(stranger);
    // They have her in their list of contacts still.
    const contact = await refusalOf(dave.caller.messages.send(text(ids.dave)));
    for (const userId of ['bob', 'dave']) await alice.caller.contacts.unblock({ userId });
    await alice.caller.users.update({ messagesFrom: 'nobody' });
    expect(await refusalOf(dave.caller.messages.send(text(ids.dave)))).toEqual(contact);
    expect(contact).toMatchObject({ code: 'NOT_REACHABLE' });
  });

  test('K12 nothing is changed or shown there either, and what is one’s own can be taken back', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    const conversationId = await direct(alice, bob);
    const elsewhere = await direct(bob, carol);
    await say(bob, conversationId, 'one', 'two');
    await say(alice, conversationId, 'three', 'four');
    const reacted = { conversationId, emoji: '👍' };
    await bob.caller.messages.react({ ...reacted, seq: 3, on: true });
    await alice.caller.contacts.block({ userId: 'bob' });
    const content = { type: 'text' as const, text: 'another' };
    const touching = ({ caller: { messages } }: WorldUser, own: number, other: number) => [
      () => messages.edit({ conversationId, seq: own, content }),
      () => messages.react({ ...reacted, seq: other, on: true }),
      () => messages.pin({ conversationId, seq: own, pinned: true }),
      () => messages.setDisappearing({ conversationId, afterSentMs: 3_600_000 }),
    ];
    const change = async () => (await alice.caller.conversations.get({ conversationId })).head.change;
    const before = await change();
    for (const touch of touching(bob, 1, 4)) expect(await refusal(touch())).toBe('NOT_REACHABLE');
    for (const touch of touching(alice, 3, 2)) expect(await refusal(touch())).toBe('BLOCKED_BY_YOU');
    const forward = { fromConversationId: elsewhere, toConversationIds: [conversationId], clientForwardId: newId() };
    await say(carol, elsewhere, 'look');
    const { results } = await bob.caller.messages.forward({ ...forward, seqs: [1] });
    expect(results).toEqual([{ conversationId, messages: [], refusal: 'NOT_REACHABLE' }]);
    expect(await change()).toBe(before);
    await bob.caller.messages.react({ ...reacted, seq: 3, on: false });
    await bob.caller.messages.revoke({ conversationId, seq: 1 });
    await alice.caller.messages.revoke({ conversationId, seq: 3 });
    expect(await change()).toBe(before + 3);
  });

  test('K13 in groups both go on', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const { id } = await alice.caller.groups.create({ name: 'Two', memberIds: ['bob'] });
    await alice.caller.contacts.block({ userId: 'bob' });
    await say(bob, id, 'hello');
    await say(alice, id, 'hello');
  });

  test('K13 but neither puts the other into a group, by making it or by inviting', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    const { id } = await bob.caller.groups.create({ name: 'Mine', memberIds: ['carol'] });
    await alice.caller.contacts.block({ userId: 'bob' });
    const userIds = ['alice'];
    expect(await refusal(bob.caller.groups.create({ name: 'Both', memberIds: ['carol', 'alice'] }))).toBe('NOT_REACHABLE');
    expect(await refusal(bob.caller.groups.invite({ conversationId: id, userIds }))).toBe('NOT_REACHABLE');
    expect(await refusal(alice.caller.groups.create({ name: 'Both', memberIds: ['bob'] }))).toBe('BLOCKED_BY_YOU');
    const added = (addedUserIds: string[]) => ({ addedUserIds, requestedUserIds: [] });
    expect(await carol.caller.groups.invite({ conversationId: id, userIds })).toEqual(added(['alice']));
    expect(await refusal(bob.caller.groups.invite({ conversationId: id, userIds }))).toBe('NOT_REACHABLE');
  });

  test('K13 trying to invite does not tell whether they are in it', async () => {
    await using world = await createWorld();
    const [alice, bob, carol, dave] = await people(world, 'alice', 'bob', 'carol', 'dave');
    const group = await carol.caller.groups.create({ name: 'Hidden', memberIds: ['alice', 'bob'], membersVisibleTo: 'admins' });
    const invite = (userId: string) => refusalOf(bob.caller.groups.invite({ conversationId: group.id, userIds: [userId] }));
    for (const userId of ['alice', 'dave']) await bob.caller.contacts.block({ userId });
    expect((await invite('alice')).code).toBe('BLOCKED_BY_YOU');
    expect(await invite('alice')).toEqual(await invite('dave'));
    for (const userId of ['alice', 'dave']) await bob.caller.contacts.unblock({ userId });
    for (const { caller } of [alice, dave]) await caller.contacts.block({ userId: 'bob' });
    expect((await invite('alice')).code).toBe('NOT_REACHABLE');
    expect(await invite('alice')).toEqual(await invite('dave'));
  });

  test('K14 it is told to the own sessions alone; a request of theirs looks refused, one of mine taken back', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    await become(alice, carol);
    await bob.caller.contacts.request({ userId: 'alice' });
    world.heard.length = 0;
    await alice.caller.contacts.block({ userId: 'bob' });
    await alice.caller.contacts.block({ userId: 'bob' });
    await alice.caller.contacts.block({ userId: 'carol' });
    expect(toldTo(world, alice)).toEqual(['me.contactRequest', 'me.block', 'me.block']);
    expect(toldTo(world, bob)).toEqual(['me.contactRequest']);
    expect(toldTo(world, carol)).toEqual([]);
    expect(await blocksOf(alice)).toEqual(['bob', 'carol']);
    expect(await contactsOf(alice)).toEqual(['carol']);
    expect(await contactsOf(carol)).toEqual(['alice']);
    for (const other of [bob, carol]) expect(JSON.stringify(await other.caller.sync.snapshot({}))).not.toContain('block":');
    await alice.caller.contacts.unblock({ userId: 'bob' });
    await alice.caller.contacts.unblock({ userId: 'bob' });
    expect(await blocksOf(alice)).toEqual(['carol']);
    expect(toldTo(world, alice)).toEqual(['me.contactRequest', 'me.block', 'me.block', 'me.block']);
  });

  test('K15 neither sees the presence of the other', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    for (const { id, session } of [alice, bob]) {
      world.services.presence.hold(id, [{ sessionId: session.id, platform: 'web', foreground: true }]);
    }
    const status = async (viewer: WorldUser, userId: string) =>
      (await viewer.caller.presence.get({ userIds: [userId] })).items[0]?.status;
    await alice.caller.contacts.block({ userId: 'bob' });
    expect([await status(alice, 'bob'), await status(bob, 'alice')]).toEqual(['offline', 'offline']);
    await alice.caller.contacts.unblock({ userId: 'bob' });
    expect([await status(alice, 'bob'), await status(bob, 'alice')]).toEqual(['online', 'online']);
  });

  test('K16 neither hears the other type, from the moment of the block on', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const conversationId = await direct(alice, bob);
    const typed = async (user: WorldUser) => {
      world.heard.length = 0;
      await user.caller.messages.typing({ conversationId, typing: true });
      return world.heard.filter(({ kind }) => kind === 'signal').length;
    };
    await expect.poll(() => typed(alice)).toBe(1);
    await expect.poll(() => typed(bob)).toBe(1);
    await alice.caller.contacts.block({ userId: 'bob' });
    expect([await typed(alice), await typed(bob)]).toEqual([0, 0]);
    await alice.caller.contacts.unblock({ userId: 'bob' });
    await expect.poll(() => typed(bob)).toBe(1);
    await alice.caller.users.update({ messagesFrom: 'contacts' });
    expect([await typed(alice), await typed(bob)]).toEqual([1, 0]);
  });

  test('K16 who is told that one types is not remembered as it was before a block that came while it was asked', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const conversationId = await direct(alice, bob);
    const { db, clock, bus } = world.services;
    let asked = 0;
    const sql = beforeStatement(db.sql, /from groups/, () => {
      // Another node's block is told while what was read does not know of it yet.
      if (++asked > 1) return;
      const block = { userId: 'alice', blockedAt: clock.now() };
      bus.publish([
        { kind: 'user', userId: 'bob', change: 9, events: [{ type: 'me.block', userChange: 9, userId: 'alice', block }] },
      ]);
    });
    const reach = makeTypingReach({ sql }, clock, bus);
    onTestFinished(() => reach.close());
    expect(await reach.isTold(conversationId, 'alice')).toBe(true);
    expect(await reach.isTold(conversationId, 'alice')).toBe(true);
    expect(await reach.isTold(conversationId, 'alice')).toBe(true);
    expect(asked).toBe(2);
  });

  test('K17 how far each has read stays for the other what it was, and comes when the last block ends', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await direct(alice, bob);
    await say(alice, id, 'one', 'two', 'three');
    await bob.caller.conversations.markRead({ conversationId: id, seq: 1 });
    const peerReadSeq = async (user: WorldUser) => (await user.caller.conversations.get({ conversationId: id })).peerReadSeq;
    const reads = () => world.heard.flatMap((message) => (message.kind === 'read' ? [message.event] : []));
    await alice.caller.contacts.block({ userId: 'bob' });
    await bob.caller.contacts.block({ userId: 'alice' });
    world.heard.length = 0;
    expect(await bob.caller.conversations.markRead({ conversationId: id, seq: 3 })).toEqual({ readSeq: 3, unread: 0 });
    expect(await peerReadSeq(alice)).toBe(1);
    const repair = await alice.caller.sync.changes({ conversationId: id, since: 1 });
    expect(repair).toMatchObject({ kind: 'changes', peerReadSeq: 1 });
    await alice.caller.contacts.unblock({ userId: 'bob' });
    expect(await peerReadSeq(alice)).toBe(1);
    expect(reads()).toEqual([]);
    await bob.caller.contacts.unblock({ userId: 'alice' });
    expect(await peerReadSeq(alice)).toBe(3);
    expect(reads()).toEqual([{ type: 'conversation.read', conversationId: id, userId: 'bob', readSeq: 3 }]);
  });

  test('K17 C22 C23 receipts of a message and of members are those that were shown, and who hides theirs shows nothing afterwards', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await direct(alice, bob);
    await say(alice, id, 'one', 'two');
    await bob.caller.conversations.markRead({ conversationId: id, seq: 1 });
    await alice.caller.contacts.block({ userId: 'bob' });
    await bob.caller.conversations.markRead({ conversationId: id, seq: 2 });
    const seen = async () => {
      const { readBy } = await alice.caller.messages.receipts({ conversationId: id, seq: 2 });
      const { items } = await alice.caller.groups.members({ conversationId: id });
      return [readBy, items.find(({ userId }) => userId === 'bob')?.readSeq];
    };
    expect(await seen()).toEqual([[], 1]);
    await bob.caller.users.update({ readReceipts: false });
    world.heard.length = 0;
    await alice.caller.contacts.unblock({ userId: 'bob' });
    expect(world.heard.filter(({ kind }) => kind === 'read')).toEqual([]);
    await bob.caller.users.update({ readReceipts: true });
    expect(await seen()).toEqual([['bob'], 2]);
  });

  test('K18 no message is committed after a block, whatever was on its way', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await direct(alice, bob);
    const sends: Promise<'sent' | 'refused'>[] = [];
    let seqAtBlock: number | undefined;
    const block = (async () => {
      await Promise.all(sends.slice(0, 5));
      await alice.caller.contacts.block({ userId: 'bob' });
      const [head] = await world.services.db.sql<{ seq: number }[]>`select seq from heads where conversation_id = ${id}`;
      seqAtBlock = head?.seq;
    })();
    for (let n = 0; n < 60; n++) {
      sends.push(
        bob.caller.messages.send(text(id, `${n}`)).then(
          () => 'sent' as const,
          () => 'refused' as const,
        ),
      );
      if (n % 5 === 0) await sends.at(-1);
    }
    await block;
    await Promise.all(sends);
    const [head] = await world.services.db.sql<{ seq: number }[]>`select seq from heads where conversation_id = ${id}`;
    expect(head?.seq).toBe(seqAtBlock);
  });
});
