import { limits } from '@nexo/shared';
import { describe, expect, test } from 'vitest';
import { createWorld, type WorldUser } from '../src/testing/index.ts';
import { get, groupWithRoles, pair, toldOf } from './message-scene.ts';
import { people, refusal, refusalOf, say } from './scene.ts';

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
