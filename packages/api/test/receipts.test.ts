import { limits } from '@nexo/shared';
import { beforeAll, describe, expect, test } from 'vitest';
import { createWorld, type World, type WorldUser } from '../src/testing/index.ts';
import { directOf } from './said-scene.ts';
import { groupOf, people, refusal, say } from './scene.ts';

let world: World;
let alice: WorldUser;
let bob: WorldUser;
let carol: WorldUser;
let stranger: WorldUser;

beforeAll(async () => {
  world = await createWorld();
  [alice, bob, carol, stranger] = await people(world, 'alice', 'bob', 'carol', 'stranger');
  return () => world[Symbol.asyncDispose]();
});

describe('receipts', () => {
  test('C34 who sent a message sees who has read it', async () => {
    const id = await groupOf(alice, bob, carol);
    const [said] = await say(alice, id, 'read me');
    const seq = said?.message.seq ?? 0;
    await bob.caller.conversations.markRead({ conversationId: id, seq });
    expect(await alice.caller.messages.receipts({ conversationId: id, seq })).toEqual({
      ...{ readCount: 1, outOf: 2, readBy: ['bob'], notYetReadBy: ['carol'] },
    });
    expect(await refusal(bob.caller.messages.receipts({ conversationId: id, seq }))).toBe('FORBIDDEN');
    expect(await refusal(stranger.caller.messages.receipts({ conversationId: id, seq }))).toBe('NOT_FOUND');
  });

  test('C34 C35 in a group of more than that nobody is named, however few of them show what they have read', async () => {
    const [hans, ida] = await people(world, 'hans', 'ida');
    const id = await groupOf(hans, ida);
    const { sql } = world.services.db;
    const others = limits.receiptsMaxMembers - 2;
    await sql`
      insert into users (id, display_name, settings) select 'quiet' || n, 'Quiet', '{"readReceipts":false}' from generate_series(1, ${others}::int) n`;
    await sql`insert into members (conversation_id, user_id) select ${id}, 'quiet' || n from generate_series(1, ${others}::int) n`;
    const [said] = await say(hans, id, 'read me');
    const receipts = async (memberCount: number) => {
      await sql`update groups set member_count = ${memberCount} where conversation_id = ${id}`;
      return hans.caller.messages.receipts({ conversationId: id, seq: said?.message.seq ?? 0 });
    };
    expect(await receipts(limits.receiptsMaxMembers)).toEqual({ readCount: 0, outOf: 1, readBy: [], notYetReadBy: ['ida'] });
    expect(await receipts(limits.receiptsMaxMembers + 1)).toEqual({ readCount: 0, outOf: 1 });
  });

  test('C34 that somebody has cleared the chat does not show in the receipts; who came later was never shown it', async () => {
    const [dora, emil, fay] = await people(world, 'dora2', 'emil2', 'fay2');
    const id = await groupOf(dora, emil, bob);
    const seqs = (await say(dora, id, 'one', 'two')).map(({ message }) => message.seq);
    await dora.caller.groups.invite({ conversationId: id, userIds: ['fay2'] });
    const receipts = () => Promise.all(seqs.map((seq) => dora.caller.messages.receipts({ conversationId: id, seq })));
    await emil.caller.conversations.markRead({ conversationId: id, seq: 99 });
    const before = await receipts();
    expect(before).toMatchObject(seqs.map(() => ({ readCount: 1, outOf: 2, readBy: ['emil2'], notYetReadBy: ['bob'] })));
    await emil.caller.conversations.clear({ conversationId: id, upToSeq: seqs[0] ?? 0 });
    await emil.caller.conversations.remove({ conversationId: id });
    await fay.caller.conversations.clear({ conversationId: id });
    expect(await receipts()).toEqual(before);
    await emil.caller.groups.leave({ conversationId: id });
    await dora.caller.groups.invite({ conversationId: id, userIds: ['emil2'] });
    await emil.caller.conversations.clear({ conversationId: id });
    expect(await receipts()).toEqual(before);
  });

  test('C35 who hides what they have read is not seen, and does not see others', async () => {
    const [dora, emil] = await people(world, 'dora', 'emil');
    const id = await groupOf(dora, emil, bob);
    const direct = await directOf(dora, emil);
    const [said] = await say(dora, id, 'read me');
    const seq = said?.message.seq ?? 0;
    await emil.caller.users.update({ readReceipts: false });
    const heard = world.heard.length;
    await emil.caller.conversations.markRead({ conversationId: id, seq });
    expect(world.heard.slice(heard).filter((message) => message.kind === 'read')).toEqual([]);
    expect(await dora.caller.messages.receipts({ conversationId: id, seq })).toMatchObject({ outOf: 1, notYetReadBy: ['bob'] });
    const members = await dora.caller.groups.members({ conversationId: id });
    expect(members.items.find((member) => member.userId === 'emil')?.readSeq).toBeUndefined();
    for (const who of [dora, emil]) {
      expect((await who.caller.conversations.get({ conversationId: direct })).peerReadSeq).toBeUndefined();
    }
    const [own] = await say(emil, id, 'mine');
    expect(await refusal(emil.caller.messages.receipts({ conversationId: id, seq: own?.message.seq ?? 0 }))).toBe('FORBIDDEN');
    const asEmil = await emil.caller.groups.members({ conversationId: id });
    expect(asEmil.items.find((member) => member.userId === 'dora')?.readSeq).toBeUndefined();
    await emil.caller.users.update({ readReceipts: true });
    expect((await dora.caller.conversations.get({ conversationId: direct })).peerReadSeq).toBe(0);
  });
});
