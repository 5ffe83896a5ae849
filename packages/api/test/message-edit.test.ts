import { limits } from '@nexo/shared';
import { describe, expect, test } from 'vitest';
import { createWorld } from '../src/testing/index.ts';
import { get, groupWithRoles, list, one, pair, textsOf, toldOf, withoutChange, words } from './message-scene.ts';
import { refusal, refusalOf, say, text } from './scene.ts';

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
