import { newId, type SendableContent } from '@nexo/shared';
import { describe, expect, test } from 'vitest';
import { expireMessages } from '../src/messages/expire-messages.ts';
import { createWorld, type World, type WorldUser } from '../src/testing/index.ts';
import { groupOf, people, refusal, refusalOf, say, text } from './scene.ts';

const toBob = { type: 'text' as const, text: '@Bob look', mentions: [{ userId: 'bob', name: 'Bob' }] };
const toAll = { type: 'text' as const, text: '@all look', mentionsAll: true as const };
const plain = { type: 'text' as const, text: 'look' };

const mine = async (who: WorldUser, conversationId: string) => (await who.caller.conversations.get({ conversationId })).me;

async function send(who: WorldUser, conversationId: string, content: SendableContent): Promise<number> {
  const { message } = await who.caller.messages.send({ conversationId, clientMessageId: newId(), content });
  return message.seq;
}

async function threeIn(world: World) {
  const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
  return { alice, bob, carol, id: await groupOf(alice, bob, carol) };
}

describe('what an edit says', () => {
  test('M4 C31 whom the new words name is mentioned, and who is named no more is not', async () => {
    await using world = await createWorld();
    const { alice, bob, carol, id } = await threeIn(world);
    const seq = await send(alice, id, plain);
    await alice.caller.messages.edit({ conversationId: id, seq, content: toBob });
    expect((await mine(bob, id)).mentions).toEqual([seq]);
    expect((await mine(carol, id)).mentions).toBeUndefined();
    await alice.caller.messages.edit({ conversationId: id, seq, content: toAll });
    for (const who of [bob, carol]) expect((await mine(who, id)).mentions).toEqual([seq]);
    await alice.caller.messages.edit({ conversationId: id, seq, content: plain });
    for (const who of [bob, carol]) expect((await mine(who, id)).mentions).toBeUndefined();
  });

  test('M4 C32 what could not be sent cannot be edited in: to all by rule, other kinds, names that are not there', async () => {
    await using world = await createWorld();
    const { alice, bob, id } = await threeIn(world);
    const seq = await send(bob, id, plain);
    const edit = (content: SendableContent) => bob.caller.messages.edit({ conversationId: id, seq, content });
    expect(await refusalOf(edit(toAll))).toMatchObject({ code: 'FORBIDDEN', field: 'content.mentionsAll' });
    expect(await refusal(edit({ type: 'card', userId: 'bob', name: 'Bob' }))).toBe('FORBIDDEN');
    expect(await refusal(edit({ ...toBob, text: 'nobody' }))).toBe('INVALID_INPUT');
    await alice.caller.groups.update({ conversationId: id, mentionAllBy: 'everyone' });
    expect((await edit(toAll)).changed).toBe(true);
  });

  test('M4 what was passed on is not edited: they are the words of somebody else', async () => {
    await using world = await createWorld();
    const { alice, bob, id } = await threeIn(world);
    const seq = await send(alice, id, plain);
    const forward = { fromConversationId: id, seqs: [seq], toConversationIds: [id], clientForwardId: newId() };
    const { results } = await bob.caller.messages.forward(forward);
    const passedOn = results[0]?.messages[0]?.seq ?? 0;
    expect(await refusal(bob.caller.messages.edit({ conversationId: id, seq: passedOn, content: toBob }))).toBe('FORBIDDEN');
  });

  test('C22 who is muted says nothing in any way, and takes back what is their own; owner and admins are above a muting of all', async () => {
    await using world = await createWorld();
    const { alice, bob, carol, id } = await threeIn(world);
    const hers = await send(alice, id, plain);
    const his = await send(bob, id, plain);
    const react = (who: typeof bob, seq: number, on: boolean) =>
      who.caller.messages.react({ conversationId: id, seq, emoji: '👍', on });
    await react(bob, hers, true);
    const waysOf = (who: typeof bob, seq: number) => [
      () => who.caller.messages.edit({ conversationId: id, seq, content: toBob }),
      () => who.caller.messages.react({ conversationId: id, seq, emoji: '🎉', on: true }),
    ];
    const until = world.clock.now() + 60_000;
    await alice.caller.groups.muteMember({ conversationId: id, userId: 'bob', forMs: 60_000 });
    for (const way of waysOf(bob, his)) expect(await refusalOf(way())).toMatchObject({ code: 'MUTED', reason: 'muted', until });
    const forward = { fromConversationId: id, seqs: [hers], toConversationIds: [id], clientForwardId: newId() };
    expect((await bob.caller.messages.forward(forward)).results).toMatchObject([{ refusal: 'MUTED' }]);
    // The retry of an edit says nothing new.
    const same = { conversationId: id, seq: his, content: plain };
    expect(await bob.caller.messages.edit(same)).toMatchObject({ changed: false });
    expect(await react(bob, hers, false)).toMatchObject({ changed: true });
    expect(await bob.caller.messages.revoke({ conversationId: id, seq: his })).toMatchObject({ changed: true });
    world.clock.turn(60_001);
    expect(await react(bob, hers, true)).toMatchObject({ changed: true });

    await alice.caller.groups.setRole({ conversationId: id, userId: 'carol', role: 'admin' });
    const [his2, cs] = [await send(bob, id, plain), await send(carol, id, plain)];
    await alice.caller.groups.muteAll({ conversationId: id, muted: true });
    for (const way of waysOf(bob, his2)) expect(await refusalOf(way())).toMatchObject({ code: 'MUTED', reason: 'mutedAll' });
    for (const [who, seq] of [
      [alice, hers],
      [carol, cs],
    ] as const)
      for (const way of waysOf(who, seq)) await way();
    await alice.caller.groups.muteMember({ conversationId: id, userId: 'carol', forMs: 60_000 });
    expect(await refusal(react(carol, hers, true))).toBe('MUTED');
  });

  test('C22 C29 who is muted edits nothing, and in a dismissed group nobody changes a message', async () => {
    await using world = await createWorld();
    const { alice, bob, id } = await threeIn(world);
    const seq = await send(bob, id, plain);
    await alice.caller.groups.muteMember({ conversationId: id, userId: 'bob', forMs: 60_000 });
    expect(await refusal(bob.caller.messages.edit({ conversationId: id, seq, content: toBob }))).toBe('MUTED');
    await alice.caller.groups.dismiss({ conversationId: id });
    const calls = [
      () => alice.caller.messages.react({ conversationId: id, seq, emoji: '👍', on: true }),
      () => alice.caller.messages.pin({ conversationId: id, seq, pinned: true }),
      () => alice.caller.messages.revoke({ conversationId: id, seq }),
      () => alice.caller.messages.setDisappearing({ conversationId: id, afterSentMs: 60_000 }),
    ];
    for (const call of calls) expect(await refusal(call())).toBe('GROUP_DISMISSED');
  });
});

describe('what is gone', () => {
  test('C7 is one count, whatever took it, and a mention no more', async () => {
    await using world = await createWorld();
    const { alice, bob, id } = await threeIn(world);
    await alice.caller.messages.setDisappearing({ conversationId: id, afterSentMs: 1_000 });
    const expired = await send(alice, id, toBob);
    await alice.caller.messages.setDisappearing({ conversationId: id, afterSentMs: null });
    const revoked = await send(alice, id, toBob);
    const removed = await send(alice, id, toBob);
    const kept = await send(alice, id, toBob);
    expect(await mine(bob, id)).toMatchObject({ unread: 4, mentions: [expired, revoked, removed, kept] });
    world.clock.turn(1_000);
    await expireMessages(world.services);
    await alice.caller.messages.revoke({ conversationId: id, seq: revoked });
    await bob.caller.messages.remove({ conversationId: id, seqs: [removed, revoked] });
    expect(await mine(bob, id)).toMatchObject({ unread: 1, mentions: [kept], gone: [{ from: 1, to: 3 }] });
    await bob.caller.conversations.markRead({ conversationId: id, seq: kept });
    expect((await mine(bob, id)).gone).toBeUndefined();
  });

  test('E2 a conversation in which it fails keeps no other waiting, and is said in the log', async () => {
    await using world = await createWorld();
    const { alice, bob, id: broken } = await threeIn(world);
    const ids = [broken, await groupOf(alice, bob)];
    for (const id of ids) {
      await alice.caller.messages.setDisappearing({ conversationId: id, afterSentMs: 1_000 });
      await send(alice, id, plain);
      world.clock.turn(10);
    }
    await world.services.db.sql`delete from heads where conversation_id = ${broken}`;
    world.clock.turn(1_000);
    await expireMessages(world.services);
    const left = await world.services.db.sql<{ id: string }[]>`
      select conversation_id as id from messages where expires_at is not null and type <> 'expired'`;
    expect(left).toEqual([{ id: broken }]);
    expect(world.logged).toMatchObject([{ level: 'error', fields: { conversationId: broken } }]);
  });

  test('E3 of what has disappeared no wording, no reaction, no mention and no pin is left', async () => {
    await using world = await createWorld();
    const { alice, bob, id } = await threeIn(world);
    await alice.caller.messages.setDisappearing({ conversationId: id, afterSentMs: 1_000 });
    const seq = await send(alice, id, plain);
    await alice.caller.messages.setDisappearing({ conversationId: id, afterSentMs: null });
    await alice.caller.messages.edit({ conversationId: id, seq, content: toBob });
    await bob.caller.messages.react({ conversationId: id, seq, emoji: '👍', on: true });
    await alice.caller.messages.pin({ conversationId: id, seq, pinned: true });
    const { change: since } = (await bob.caller.conversations.get({ conversationId: id })).head;
    world.clock.turn(1_000);
    await expireMessages(world.services);
    const view = await bob.caller.conversations.get({ conversationId: id });
    expect(view.pins).toBeUndefined();
    expect(await bob.caller.sync.changes({ conversationId: id, since })).toMatchObject({ pins: [] });
    const [left] = await world.services.db.sql<{ rows: number }[]>`
      select (select count(*) from message_edits)::int + (select count(*) from reactions)::int + (select count(*) from mentions)::int as rows`;
    expect(left?.rows).toBe(0);
    const { items } = await bob.caller.messages.get({ conversationId: id, seqs: [seq] });
    expect(items[0]).toMatchObject({ content: { type: 'expired' } });
    expect(items[0]?.reactions ?? items[0]?.editedAt).toBeUndefined();
    expect(await refusal(bob.caller.messages.react({ conversationId: id, seq, emoji: '👍', on: true }))).toBe('MESSAGE_REVOKED');
    expect((await alice.caller.messages.revoke({ conversationId: id, seq })).changed).toBe(false);
  });

  test('E2 M7 what was revoked before its time stays revoked', async () => {
    await using world = await createWorld();
    const { alice, bob, id } = await threeIn(world);
    await alice.caller.messages.setDisappearing({ conversationId: id, afterSentMs: 1_000 });
    const seq = await send(alice, id, plain);
    const { message } = await alice.caller.messages.revoke({ conversationId: id, seq });
    expect(message.expiresAt).toBeUndefined();
    world.clock.turn(1_000);
    await expireMessages(world.services);
    const { items } = await bob.caller.messages.get({ conversationId: id, seqs: [seq] });
    expect(items).toEqual([message]);
  });
});

describe('a lane that knows a conversation', () => {
  test('finds out that its rules have changed: how messages disappear, and who may speak to all', async () => {
    await using world = await createWorld();
    const { alice, bob, id } = await threeIn(world);
    await say(bob, id, 'one', 'two');
    await alice.caller.messages.setDisappearing({ conversationId: id, afterSentMs: 60_000 });
    const [said] = await say(bob, id, 'three');
    expect(said?.message.expiresAt).toBe((said?.message.sentAt ?? 0) + 60_000);
    await alice.caller.groups.update({ conversationId: id, mentionAllBy: 'everyone' });
    await send(bob, id, toAll);
    await alice.caller.groups.update({ conversationId: id, mentionAllBy: 'admins' });
    await say(bob, id, 'four');
    expect(await refusal(send(bob, id, toAll))).toBe('FORBIDDEN');
  });

  test('C31 writes mentions in its one statement, too', async () => {
    await using world = await createWorld();
    const { alice, bob, id } = await threeIn(world);
    await say(alice, id, 'one', 'two');
    const seq = await send(alice, id, toBob);
    expect((await mine(bob, id)).mentions).toEqual([seq]);
    expect((await alice.caller.messages.send(text(id))).message.seq).toBe(seq + 1);
  });
});
