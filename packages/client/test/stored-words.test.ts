import { describe, expect, it } from 'vitest';
import { memoryStorage, type StorageMaker } from '../src/index.ts';
import { type Device, makeTestLocks } from '../src/testing/index.ts';
import { makeWorld, type Person, texts } from './world.ts';

/** Two tabs of one browser take turns in keeping what is stored; Bob talks to the person in them, who has a phone as well. */
async function setUp() {
  const world = makeWorld();
  const kept = memoryStorage();
  const writing = { allowed: Promise.resolve() };
  const storage: StorageMaker = async (userId) => {
    const opened = await kept(userId);
    return { ...opened, write: (batch) => writing.allowed.then(() => opened.write(batch)) };
  };
  const locks = makeTestLocks();
  const { network, during, start, person, anotherDevice } = world;

  /** `held`: nothing reaches it. */
  async function openTab({ held = false } = {}): Promise<Person & { close(): void }> {
    const { locks: ofTab, close } = locks.tab();
    const device: Device = network.device();
    device.runtime.locks = ofTab;
    device.delivering = !held;
    const { client } = start({ storage }, device);
    await during(client.auth.login({ userId: 'alice', password: '' }));
    const closeTab = () => {
      device.kill();
      close();
    };
    return { client, device, close: closeTab };
  }

  const phone = await person('alice');
  const bob = await person('bob');
  const { id } = await during(phone.client.conversations.openDirect('bob'));
  for (const words of ['one', 'two', 'three']) bob.client.messages.send(id, words);
  await network.run(1_000);
  const keeper = await openTab();
  await during(keeper.client.conversations.open(id));
  await network.run(1_000);

  /** Every text and quote that the timeline has shown. */
  function watch({ client }: Person): string[] {
    const shown: string[] = [];
    const timeline = client.store.timeline(id);
    const look = () => shown.push(...timeline.get().items.flatMap((item) => [JSON.stringify([item.content, item.replyTo])]));
    timeline.subscribe(look);
    look();
    return shown;
  }

  const stored = async () => JSON.stringify(await (await storage('alice')).loadMessages(id, undefined, 99));
  return { ...world, writing, phone, bob, id, keeper, openTab, watch, stored, anotherDevice };
}

describe('words that are stored and were taken back meanwhile', () => {
  it('are painted until the client has caught up, and not afterwards', async () => {
    const { network, during, bob, id, keeper, openTab, watch } = await setUp();
    keeper.close();
    await during(bob.client.messages.revoke(id, 2));
    const again = await openTab({ held: true });
    const before = watch(again);
    const opened = again.client.conversations.open(id);
    await network.flush();
    expect(before.join()).toContain('two');
    again.device.delivering = true;
    while (again.client.store.connection.get().name !== 'live') await network.run(10);
    const after = watch(again);
    await during(opened);
    expect(after.join()).not.toContain('two');
    expect(texts(again, id)).toEqual(['one', 'revoked', 'three']);
  });

  it('are not painted by a tab that has caught up without a diff, while the one that stores lags behind', async () => {
    const { network, during, bob, id, keeper, openTab, watch, server } = await setUp();
    keeper.device.delivering = false;
    server.sizes.changesMax = 2;
    server.sizes.pageMax = 2;
    await during(bob.client.messages.revoke(id, 2));
    for (const words of ['four', 'five']) bob.client.messages.send(id, words);
    await network.run(1_000);
    const other = await openTab();
    await during(other.client.start());
    const shown = watch(other);
    await during(other.client.conversations.open(id));
    expect(texts(other, id).slice(-2)).toEqual(['four', 'five']);
    expect(shown.join()).not.toContain('two');
  });

  it('are not painted by the client that stores either, before it has stored that they are void', async () => {
    const { during, bob, id, keeper, openTab, watch, server, network, stored, writing } = await setUp();
    keeper.close();
    let allow = () => {};
    writing.allowed = new Promise((resolve) => {
      allow = resolve;
    });
    server.sizes.changesMax = 2;
    server.sizes.pageMax = 2;
    await during(bob.client.messages.revoke(id, 2));
    for (const words of ['four', 'five']) bob.client.messages.send(id, words);
    await network.run(1_000);
    const again = await openTab({ held: true });
    const shown = watch(again);
    again.device.delivering = true;
    await network.flush();
    expect(again.client.store.connection.get().name).toBe('live');
    expect(await stored()).toContain('two');
    again.device.delivering = false;
    const opened = again.client.conversations.open(id);
    await network.flush();
    again.device.delivering = true;
    await during(opened);
    expect(shown.join()).not.toContain('two');
    allow();
  });

  it('are not painted where they were stored ahead of what the other tab knew', async () => {
    const { network, during, bob, id, keeper, openTab, watch } = await setUp();
    const other = await openTab();
    await during(other.client.start());
    other.device.delivering = false;
    bob.client.messages.send(id, 'four');
    await network.run(1_000);
    keeper.device.delivering = false;
    await during(bob.client.messages.revoke(id, 4));
    // It learns of both at once: by a repair.
    other.device.sockets.at(-1)?.toClient.splice(0);
    other.device.cut();
    other.device.delivering = true;
    await network.run(3_000);
    other.device.delivering = false;
    const shown = watch(other);
    const opened = other.client.conversations.open(id);
    await network.flush();
    other.device.delivering = true;
    await during(opened);
    expect(shown.join()).not.toContain('four');
    expect(texts(other, id)).toEqual(['one', 'two', 'three', 'revoked']);
  });

  for (const how of ['by a diff', 'without a diff'] as const) {
    it(`are stored no more by the tab that goes on storing, whatever it has heard of ${how} before that`, async () => {
      const { network, during, bob, id, keeper, openTab, stored, server } = await setUp();
      const other = await openTab();
      await during(other.client.start());
      keeper.device.delivering = false;
      if (how === 'without a diff') {
        server.sizes.changesMax = 1;
        server.sizes.pageMax = 2;
        other.device.cut();
      }
      await during(bob.client.messages.edit(id, 1, 'eins'));
      await during(bob.client.messages.revoke(id, 2));
      await network.run(3_000);
      expect(await stored()).toContain('two');
      keeper.close();
      await network.run(1_000);
      other.close();
      expect(await stored()).not.toMatch(/two|"one"/);
    });
  }

  for (const pauseMs of [0, 1_000]) {
    it(`are not stored as a quote either, that was said ${pauseMs} ms before`, async () => {
      const { network, bob, id, stored } = await setUp();
      bob.client.messages.send(id, 'indeed', { replyTo: 2 });
      await network.flush();
      await network.run(pauseMs);
      const revoking = bob.client.messages.revoke(id, 2);
      await network.run(1_000);
      await revoking;
      expect(await stored()).toContain('indeed');
      expect(await stored()).not.toContain('two');
    });
  }
});
