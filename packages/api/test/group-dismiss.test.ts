import { describe, expect, test } from 'vitest';
import { createWorld } from '../src/testing/index.ts';
import { get, lastNotice, rule, times } from './group-scene.ts';
import { groupOf, people, refusal, refusalOf, say, text } from './scene.ts';
import { createSecondNode } from './second-node.ts';

describe('groups.dismiss', () => {
  test('C29 A10 from the dismissal on nothing is sent, changed or joined; what was said stays readable, and nothing waits', async () => {
    await using world = await createWorld();
    const [alice, bob, carol, dave] = await people(world, 'alice', 'bob', 'carol', 'dave');
    const id = await groupOf(alice, bob);
    await rule(alice, id, { joinMode: 'approval' });
    await say(bob, id, 'hello');
    const { code } = await alice.caller.groups.createLink({ conversationId: id });
    await carol.caller.groups.join({ conversationId: id });
    expect(await refusalOf(bob.caller.groups.dismiss({ conversationId: id }))).toMatchObject({ reason: 'ownerOnly' });
    await alice.caller.groups.dismiss({ conversationId: id });
    expect((await get(bob, id)).group?.dismissedAt).toBe(world.clock.now());
    expect(await lastNotice(bob, id)).toMatchObject({ notice: 'group.dismissed', actorId: 'alice' });
    const { groups, messages } = alice.caller;
    const refusals = await Promise.all([
      refusal(messages.send(text(id))),
      refusal(bob.caller.messages.send(text(id))),
      refusal(groups.invite({ conversationId: id, userIds: ['dave'] })),
      refusal(groups.update({ conversationId: id, name: 'x' })),
      refusal(groups.leave({ conversationId: id })),
      refusal(groups.dismiss({ conversationId: id })),
      refusal(groups.createLink({ conversationId: id })),
      refusal(dave.caller.groups.join({ conversationId: id })),
      refusal(bob.caller.messages.edit({ conversationId: id, seq: 2, content: { type: 'text', text: 'another' } })),
      refusal(bob.caller.messages.revoke({ conversationId: id, seq: 2 })),
      refusal(messages.revoke({ conversationId: id, seq: 2 })),
      refusal(messages.react({ conversationId: id, seq: 2, emoji: '👍', on: true })),
      refusal(messages.pin({ conversationId: id, seq: 2, pinned: true })),
      refusal(messages.setDisappearing({ conversationId: id, afterSentMs: 3_600_000 })),
      refusal(groups.setRole({ conversationId: id, userId: 'bob', role: 'admin' })),
      refusal(groups.kick({ conversationId: id, userIds: ['bob'] })),
    ]);
    expect(new Set(refusals)).toEqual(new Set(['GROUP_DISMISSED']));
    expect(await refusal(dave.caller.groups.join({ code }))).toBe('LINK_INVALID');
    expect((await carol.caller.groups.myRequests()).items).toMatchObject([{ status: 'refused' }]);
    expect(await alice.caller.groups.countRequests()).toEqual({ count: 0 });
    expect((await bob.caller.messages.list({ conversationId: id })).items.some((item) => item.content.type === 'text')).toBe(
      true,
    );
  });

  test('C29 of sends that race with it none is above its change', async () => {
    await using world = await createWorld();
    await using node = createSecondNode(world);
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    const sends = times(20).map((i) => (i % 2 ? bob.caller : node.as(bob)).messages.send(text(id, `${i}`)));
    await Promise.allSettled([...sends, alice.caller.groups.dismiss({ conversationId: id })]);
    const [row] = await world.services.db.sql<{ late: number }[]>`
      select count(*)::int as late from messages x join groups g using (conversation_id)
      where x.conversation_id = ${id} and x.last_change > g.change`;
    expect(row?.late).toBe(0);
  });
});
