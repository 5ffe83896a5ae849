import type { ConversationView } from '@nexo/shared';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { memoryStorage, type StorageMaker, type Timeline } from '../src/index.ts';
import { shownQuote } from '../src/store/timeline-rows.ts';
import type { Device } from '../src/testing/index.ts';
import { makeWorld, type Person } from './world.ts';

/** Who has which devices: Alice has two, one of them with a clock that is three hours wrong. */
const owners = ['alice', 'alice', 'bob', 'carol'] as const;
const deviceIndex = fc.nat(owners.length - 1);
const place = fc.constantFrom('direct' as const, 'group' as const);

const action = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constant('send' as const), by: deviceIndex, place }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('read' as const), by: deviceIndex, place }) },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('touch' as const),
      by: deviceIndex,
      place,
      how: fc.constantFrom('edit', 'revoke', 'react', 'unreact', 'pin', 'unpin', 'remove', 'reply', 'clear'),
      pick: fc.nat(20),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('cut' as const), by: deviceIndex }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('offline' as const), by: deviceIndex }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('online' as const), by: deviceIndex }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('stall' as const), by: deviceIndex }) },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('deliver' as const), by: deviceIndex, frames: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('lose' as const), by: deviceIndex }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('repeat' as const), by: deviceIndex }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('restart' as const), by: deviceIndex }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('resync' as const), by: deviceIndex }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('membership' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('askToLeave' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('backup' as const, 'restore' as const) }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.constantFrom(0, 50, 400, 3_000, 20_000) }) },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

it('after any story of sends, reads, lost frames, dead networks and dead programs, every device shows what the server has, once and in order', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 60 }), async (actions) => {
      const story = await begin();
      for (const next of actions) await story.act(next);
      await story.end();
    }),
    {
      numRuns: Number(process.env.FUZZ_RUNS ?? 60),
      ...(process.env.FUZZ_SEED === undefined ? {} : { seed: Number(process.env.FUZZ_SEED) }),
    },
  );
});

async function begin() {
  const world = makeWorld();
  const { server, network, during } = world;
  server.sizes.changesMax = 4;
  server.sizes.pageMax = 3;
  server.sizes.addedMax = 2;
  server.sizes.repairsMax = 2;
  const storages: StorageMaker[] = owners.map(() => memoryStorage());
  const people: Person[] = [];
  for (const [index, userId] of owners.entries()) {
    const options = { storage: storages[index] ?? memoryStorage() };
    people.push(index === 1 ? await world.anotherDevice(userId, options) : await world.person(userId, options));
    const { device } = people[index] ?? fail();
    if (index === 1) device.clockErrorMs = 3 * 3_600_000;
  }
  const [alice] = people;
  if (alice === undefined) return fail();
  const direct = (await during(alice.client.conversations.openDirect('bob'))).id;
  const group = (await during(alice.client.groups.create({ name: 'Three', memberIds: ['bob', 'carol'] }))).id;
  await network.flush();
  const ids = { direct, group };
  for (const person of people) openAll(person);
  await network.flush();
  server.backup();
  const faults: unknown[] = [];
  let sent = 0;
  let carolIsIn = true;

  function openAll({ client }: Person): void {
    for (const id of [direct, group]) {
      const timeline = client.store.timeline(id);
      timeline.subscribe(() => {
        try {
          alwaysHolds(timeline.get());
        } catch (fault) {
          faults.push(fault);
        }
      });
      client.conversations.open(id).catch(() => {});
    }
  }

  async function restart(index: number): Promise<void> {
    people[index]?.device.kill();
    const device: Device = network.device();
    if (index === 1) device.clockErrorMs = 3 * 3_600_000;
    const again = world.start({ storage: storages[index] ?? memoryStorage() }, device);
    people[index] = again;
    await during(again.client.auth.login({ userId: owners[index] ?? '', password: '' }));
    openAll(again);
  }

  function touch({ client }: Person, { place: where, how, pick }: Extract<Action, { type: 'touch' }>): void {
    const id = ids[where];
    const seq = 1 + (pick % Math.max(1, client.store.conversation(id).get()?.head.seq ?? 0));
    const { messages } = client;
    // Without a network, or with no right to it, nothing happens: then it is refused.
    const ignore = () => {};
    if (how === 'reply') messages.send(id, `${sent++}`, { replyTo: seq }).acknowledged.catch(ignore);
    else if (how === 'edit') messages.edit(id, seq, `edited ${sent++}`).catch(ignore);
    else if (how === 'revoke') messages.revoke(id, seq).catch(ignore);
    else if (how === 'react' || how === 'unreact') messages.react(id, seq, '👍', how === 'react').catch(ignore);
    else if (how === 'pin' || how === 'unpin') messages.pin(id, seq, how === 'pin').catch(ignore);
    else if (how === 'clear') client.conversations.clear(id).catch(ignore);
    else messages.remove(id, [seq]).catch(ignore);
  }

  async function act(next: Action): Promise<void> {
    const person = 'by' in next ? people[next.by] : undefined;
    const socket = person?.device.sockets.at(-1);
    switch (next.type) {
      case 'send':
        person?.client.messages.send(ids[next.place], `${owners[next.by]} ${sent++}`);
        break;
      case 'read': {
        const head = person?.client.store.conversation(ids[next.place]).get()?.head.seq ?? 0;
        person?.client.conversations.markRead(ids[next.place], head);
        break;
      }
      case 'touch':
        if (person !== undefined) touch(person, next);
        break;
      case 'cut':
        person?.device.cut();
        break;
      case 'offline':
        if (person !== undefined) person.device.offline = true;
        person?.device.cut();
        break;
      case 'online':
        if (person !== undefined) Object.assign(person.device, { offline: false, delivering: true });
        person?.device.tell('online');
        break;
      case 'stall':
        if (person !== undefined) person.device.delivering = false;
        break;
      case 'deliver':
        await world.time.settle();
        socket?.deliver(next.frames);
        break;
      case 'lose':
        socket?.toClient.shift();
        break;
      case 'repeat': {
        const [frame] = socket?.toClient ?? [];
        if (frame !== undefined) socket?.toClient.push(frame);
        break;
      }
      case 'restart':
        await restart(next.by);
        break;
      case 'resync':
        server.push(owners[next.by] ?? '', [{ type: 'resync' }]);
        break;
      case 'membership': {
        const carol = people[3]?.client;
        if (carolIsIn) await during(carol?.groups.leave(group).catch(() => {}) ?? Promise.resolve());
        else server.addMember(group, 'carol');
        carolIsIn = server.viewsOf('carol').some(({ id, me }) => id === group && me.leftAt === undefined);
        break;
      }
      case 'askToLeave':
        server.askToLeave();
        break;
      case 'backup':
        server.backup();
        break;
      case 'restore':
        server.restore();
        carolIsIn = server.viewsOf('carol').some(({ id, me }) => id === group && me.leftAt === undefined);
        break;
      case 'wait':
        await network.run(next.ms);
        break;
    }
    if (next.type !== 'wait') await world.time.settle();
    if (faults.length > 0) throw faults[0];
  }

  async function end(): Promise<void> {
    for (const { device } of people) {
      Object.assign(device, { offline: false, delivering: true });
      device.tell('online');
    }
    for (let round = 0; round < 4; round++) {
      await network.run(20_000);
      server.tellPositions();
    }
    await network.run(5_000);
    for (const [index, person] of people.entries()) await check(person, owners[index] ?? '');
    if (faults.length > 0) throw faults[0];
  }

  async function check({ client }: Person, userId: string): Promise<void> {
    expect(client.store.connection.get().name).toBe('live');
    expect(client.store.outbox.get().pending).toBe(0);
    const truth = server.viewsOf(userId);
    const listed = truth.filter(({ head, me }) => me.hiddenSeq === undefined || head.seq > me.hiddenSeq);
    expect(client.store.conversationIds.get()).toEqual(listed.map(({ id }) => id));
    for (const view of truth) {
      const shown = client.store.conversation(view.id).get();
      expect(shown === undefined ? undefined : comparable(shown)).toEqual(comparable(view));
    }
    expect(client.store.totalUnread.get()).toBe(listed.reduce((sum, { me }) => sum + me.unread, 0));
    for (const view of truth) {
      const { id } = view;
      await during(client.conversations.open(id));
      while (client.store.timeline(id).get().hasAfter) await during(client.conversations.loadAfter(id));
      while (client.store.timeline(id).get().hasBefore) await during(client.conversations.loadBefore(id));
      const rows = client.store
        .timeline(id)
        .get()
        .items.filter(({ state }) => state !== 'failed');
      expect(
        rows.map(({ key, seq, sentAt, content, reactions, replyTo }) => ({ key, seq, sentAt, content, reactions, replyTo })),
      ).toEqual(
        server.visibleTo(userId, id).map(({ clientMessageId, seq, sentAt, content, reactions, replyTo }) => ({
          ...{ key: clientMessageId, seq, sentAt, content, reactions },
          replyTo: shownQuote(replyTo, client.store.conversation(id).get()?.me.visible),
        })),
      );
    }
  }

  return { act, end };
}

/** At every single moment: each message once, confirmed ones by seq, pending ones after them. */
function alwaysHolds({ items }: Timeline): void {
  expect(new Set(items.map(({ key }) => key)).size).toBe(items.length);
  const seqs = items.flatMap(({ seq }) => seq ?? []);
  expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
}

/** The other side's read position has no number and may be missed. */
function comparable({ peerReadSeq: _missed, ...view }: ConversationView) {
  return view;
}

function fail(): never {
  throw new Error('unreachable');
}
