import { describe, expect, test } from 'vitest';
import { createWorld, type WorldUser } from '../src/testing/index.ts';
import { get, list, one, pair, recount, textsOf } from './message-scene.ts';
import { groupOf, people, refusal, say } from './scene.ts';

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
