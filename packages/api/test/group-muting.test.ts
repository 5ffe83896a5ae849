import { describe, expect, test } from 'vitest';
import { createWorld } from '../src/testing/index.ts';
import { get, makeAdmin, rule, times } from './group-scene.ts';
import { groupOf, people, refusal, refusalOf, say, text } from './scene.ts';
import { createSecondNode } from './second-node.ts';

describe('muting', () => {
  test('C22 who is muted sends nothing until then; the refusal says until when; an owner lifts it', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    const until = world.clock.now() + 60_000;
    expect(await alice.caller.groups.muteMember({ conversationId: id, userId: 'bob', forMs: 60_000 })).toEqual({
      mutedUntil: until,
    });
    expect(await refusalOf(bob.caller.messages.send(text(id)))).toMatchObject({ code: 'MUTED', reason: 'muted', until });
    expect((await get(bob, id)).me.mutedUntil).toBe(until);
    world.clock.turn(60_000);
    await say(bob, id, 'again');
    await alice.caller.groups.muteMember({ conversationId: id, userId: 'bob', forMs: 60_000 });
    await alice.caller.groups.muteMember({ conversationId: id, userId: 'bob', forMs: null });
    await say(bob, id, 'and again');
    expect((await get(bob, id)).me).not.toHaveProperty('mutedUntil');
  });

  test('C22 leaving and coming back does not end it', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    await rule(alice, id, { joinMode: 'free' });
    await alice.caller.groups.muteMember({ conversationId: id, userId: 'bob', forMs: 60_000 });
    await bob.caller.groups.leave({ conversationId: id });
    await bob.caller.groups.join({ conversationId: id });
    expect(await refusal(bob.caller.messages.send(text(id)))).toBe('MUTED');
  });

  test('C22 when all are muted the owner and admins write, and a retry of what was sent before still gets its answer', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    const id = await groupOf(alice, bob, carol);
    await makeAdmin(alice, id, 'bob');
    const sent = text(id);
    await carol.caller.messages.send(sent);
    await bob.caller.groups.muteAll({ conversationId: id, muted: true });
    expect(await refusalOf(carol.caller.messages.send(text(id)))).toMatchObject({ code: 'MUTED', reason: 'mutedAll' });
    expect(await carol.caller.messages.send(sent)).toMatchObject({ deduplicated: true });
    await say(alice, id, 'owner');
    await say(bob, id, 'admin');
    expect((await get(carol, id)).group?.rules?.mutedAll).toBe(true);
    await alice.caller.groups.muteAll({ conversationId: id, muted: false });
    await say(carol, id, 'free');
  });

  test('C22 of what races with the muting nothing is sent above its change', async () => {
    await using world = await createWorld();
    await using node = createSecondNode(world);
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    const sends = times(20).map((i) => (i % 2 ? bob.caller : node.as(bob)).messages.send(text(id, `${i}`)));
    const muted = alice.caller.groups.muteMember({ conversationId: id, userId: 'bob', forMs: 60_000 });
    await Promise.allSettled([...sends, muted]);
    const [row] = await world.services.db.sql<{ late: number }[]>`
      select count(*)::int as late from messages x join members m using (conversation_id)
      where m.user_id = 'bob' and x.sender_id = 'bob' and x.type = 'text' and x.last_change > m.change`;
    expect(row?.late).toBe(0);
  });
});
