import { newId, type StreamItem } from '@nexo/shared';
import { expect, test } from 'vitest';
import { createWorld, type WorldUser } from '../src/testing/index.ts';
import { get, groupWithRoles, list, pair, toldOf, words } from './message-scene.ts';
import { people, refusal, refusalOf, say, text } from './scene.ts';
import { createSecondNode } from './second-node.ts';

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
