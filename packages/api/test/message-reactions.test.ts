import { limits } from '@nexo/shared';
import { describe, expect, test } from 'vitest';
import { createWorld, type WorldUser } from '../src/testing/index.ts';
import { get, groupWithRoles, list, one, pair, toldOf, withoutUndefined } from './message-scene.ts';
import { groupOf, people, refusal, refusalOf, say } from './scene.ts';

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
