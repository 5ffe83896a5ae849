import { newId } from '@nexo/shared';
import { beforeAll, describe, expect, test } from 'vitest';
import { appRouter } from '../src/index.ts';
import { readEvents } from '../src/sync/for-nodes.ts';
import { createWorld, type World, type WorldUser } from '../src/testing/index.ts';
import { type Procedure, type Scene, table } from './authorization.table.ts';
import { groupOf, people, say } from './scene.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
  return () => world[Symbol.asyncDispose]();
});

/** Every way to look at something, with good inputs: all queries of the router, and what answers with a view or depends on its input. */
const looks: [name: Procedure, input?: (scene: Scene) => object][] = [
  ...Object.entries(appRouter._def.procedures)
    .filter(([name, procedure]) => isQuery(procedure) && !name.startsWith('backend.'))
    .map(([name]) => [name as Procedure] as [Procedure]),
  ['conversations.openDirect', ({ bystanderId }) => ({ userId: bystanderId })],
  ['groups.members', ({ conversationId }) => ({ conversationId, query: 'rea' })],
  ['sync.changes', ({ conversationId }) => ({ conversationId, since: 0 })],
  ['sync.resume', ({ epoch }) => ({ epoch, userChange: 0, conversations: [] })],
];

function isQuery(procedure: object): boolean {
  return (procedure as { _def: { type: string } })._def.type === 'query';
}

/** Those that tell a member how far others have read, where nobody hides it. */
const telling: Procedure[] = [
  ...(['conversations.get', 'conversations.list', 'conversations.openDirect', 'groups.members', 'messages.receipts'] as const),
  ...(['sync.changes', 'sync.resume', 'sync.snapshot'] as const),
];

async function ask([name, input]: (typeof looks)[number], scene: Scene): Promise<unknown> {
  const [noun = '', verb = ''] = name.split('.');
  const caller = scene.asker.caller as unknown as Record<string, Record<string, (input: unknown) => Promise<unknown>>>;
  const given = input === undefined ? await table[name].input?.(scene) : input(scene);
  return caller[noun]?.[verb]?.(given).catch((error: unknown) => String(error));
}

/** What `asker` is shown otherwise once `reader` has read what the two were told, in a group and in their direct conversation. */
async function shownOfReading(asker: WorldUser, reader: WorldUser): Promise<{ looks: Procedure[]; events: unknown[] }> {
  const third = await world.user(`third-${newId()}`);
  const ids = [await groupOf(asker, reader, third), (await asker.caller.conversations.openDirect({ userId: reader.id })).id];
  // So that repairs tell of the reader.
  await reader.caller.groups.updateMember({ conversationId: ids[0] ?? '', nickname: 'Rea' });
  const { epoch } = await asker.caller.sync.snapshot({});
  const scenes: Scene[] = [];
  for (const conversationId of ids) {
    const [said] = await say(asker, conversationId, 'one', 'two');
    const seq = said?.message.seq ?? 0;
    scenes.push({ world, asker, conversationId, bystanderId: reader.id, seq, epoch });
  }
  const lookAt = (scene: Scene) => Promise.all(looks.map(async (look) => JSON.stringify(await ask(look, scene))));
  const before = await Promise.all(scenes.map(lookAt));
  const heard = world.heard.length;
  for (const { conversationId, seq } of scenes) await reader.caller.conversations.markRead({ conversationId, seq });
  const after = await Promise.all(scenes.map(lookAt));
  const events = world.heard.slice(heard).filter((message) => message.kind === 'read');
  const differing = looks.filter((_, i) => scenes.some((_, at) => before[at]?.[i] !== after[at]?.[i]));
  return { looks: [...new Set(differing.map(([name]) => name))].sort(), events };
}

describe('C35 how far somebody has read', () => {
  test('is shown by these procedures, and no other', async () => {
    const [asker, reader] = await people(world, 'asker', 'reader');
    const shown = await shownOfReading(asker, reader);
    expect(shown.looks).toEqual(telling);
    expect(shown.events).toHaveLength(2);
  });

  test('is shown to nobody by any procedure or event while they hide it', async () => {
    const [asker, reader] = await people(world, 'asker1', 'reader1');
    await reader.caller.users.update({ readReceipts: false });
    expect(await shownOfReading(asker, reader)).toEqual({ looks: [], events: [] });
  });

  test('is shown to nobody who hides their own, by any procedure; of their direct conversations by no event', async () => {
    const [asker, reader] = await people(world, 'asker2', 'reader2');
    await asker.caller.users.update({ readReceipts: false });
    const shown = await shownOfReading(asker, reader);
    expect(shown.looks).toEqual([]);
    // That of the group is for the others: the stream leaves it out for who hides theirs.
    expect(shown.events).toHaveLength(1);
  });

  test('is in nothing that all members are told of somebody, also not for a node that missed it', async () => {
    const [owner, reader, third] = await people(world, 'owner3', 'reader3', 'third3');
    const id = await groupOf(owner, reader);
    await say(owner, id, 'one');
    await reader.caller.conversations.markRead({ conversationId: id, seq: 99 });
    const since = (await owner.caller.conversations.get({ conversationId: id })).head.change;
    world.heard.length = 0;
    await owner.caller.groups.invite({ conversationId: id, userIds: [third.id] });
    await owner.caller.groups.setRole({ conversationId: id, userId: reader.id, role: 'admin' });
    await owner.caller.groups.muteMember({ conversationId: id, userId: reader.id, forMs: 60_000 });
    await reader.caller.groups.updateMember({ conversationId: id, nickname: 'Rea' });
    const told = world.heard.flatMap((message) => (message.kind === 'conversation' ? message.events : []));
    const { events: missed } = await readEvents(world.services, id, since);
    const diff = await owner.caller.sync.changes({ conversationId: id, since });
    expect([told, missed, diff].map((all) => JSON.stringify(all).includes('"nickname":"Rea"'))).toEqual([true, true, true]);
    for (const event of [...told, ...missed]) expect(JSON.stringify(event)).not.toContain('readSeq');
    expect(JSON.stringify(diff.kind === 'changes' && diff.members)).not.toContain('readSeq');
  });
});
