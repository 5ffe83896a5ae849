import { describe, expect, it } from 'vitest';
import { memoryStorage } from '../src/index.ts';
import { makeWorld, texts } from './world.ts';

describe('a timeline', () => {
  it('is idle and empty before it is opened', async () => {
    const { alice } = await withHistory(0);
    expect(alice.client.store.timeline('nowhere').get()).toMatchObject({ items: [], status: 'idle' });
  });

  it('opens with the newest page and follows live', async () => {
    const { network, alice, bob, id } = await withHistory(120);
    expect(texts(alice, id)).toEqual(numbers(70, 120));
    expect(timeline(alice, id)).toMatchObject({ status: 'ready', hasBefore: true, hasAfter: false });
    bob.client.messages.send(id, 'live');
    await network.flush();
    expect(texts(alice, id).at(-1)).toBe('live');
  });

  it('grows to the start of the conversation page by page, each row once', async () => {
    const { during, alice, id } = await withHistory(120);
    const pages: number[] = [];
    while (timeline(alice, id).hasBefore) {
      await during(alice.client.conversations.loadBefore(id));
      pages.push(texts(alice, id).length);
    }
    expect(pages).toEqual([100, 120]);
    expect(texts(alice, id)).toEqual(numbers(0, 120));
  });

  it('shows nothing of what was taken back or edited while an older page that still says it was on its way', async () => {
    const storage = memoryStorage();
    const { network, during, server, alice, bob, id } = await withHistory(80, storage);
    const late: unknown[] = [];
    server.alter = (path, data) => {
      if (path === 'messages.list') late.push(data);
      return data;
    };
    await during(alice.client.trpc.messages.list.query({ conversationId: id, before: 31, limit: 50 }));
    await during(bob.client.messages.revoke(id, 10));
    await during(bob.client.messages.edit(id, 11, 'edited'));
    await during(bob.client.messages.react(id, 12, '👍', true));
    await network.run(1_000);
    server.alter = (path, data) => (path === 'messages.list' ? (late.shift() ?? data) : data);
    await during(alice.client.conversations.loadBefore(id));
    expect(texts(alice, id).slice(9, 11)).toEqual(['revoked', 'edited']);
    expect(timeline(alice, id).items[11]?.reactions).toMatchObject([{ emoji: '👍', count: 1 }]);
    await network.run(1_000);
    const kept = await (await storage('alice')).loadMessages(id, undefined, 100);
    expect(kept.map(({ content }) => content)).not.toContainEqual({ type: 'text', text: '9' });
  });

  it('loads one page for any number of calls at the same time', async () => {
    const { during, server, alice, id } = await withHistory(200);
    let asked = 0;
    server.intercept = (path) => {
      if (path === 'messages.list') asked++;
      return undefined;
    };
    await during(Promise.all(Array.from({ length: 5 }, () => alice.client.conversations.loadBefore(id))));
    expect(asked).toBe(1);
    expect(texts(alice, id)).toHaveLength(100);
  });

  it('goes to any place, does not append there what is new, and comes back to the newest', async () => {
    const { network, during, alice, bob, id } = await withHistory(400);
    await during(alice.client.conversations.loadAround(id, 100));
    expect(texts(alice, id)).toContain('99');
    expect(timeline(alice, id)).toMatchObject({ hasBefore: true, hasAfter: true });
    bob.client.messages.send(id, 'new');
    await network.flush();
    expect(texts(alice, id)).not.toContain('new');
    await during(alice.client.conversations.loadAfter(id));
    const first = Number(texts(alice, id)[0]);
    expect(texts(alice, id)).toEqual(numbers(first, first + 100));
    await during(alice.client.conversations.loadNewest(id));
    expect(texts(alice, id).at(-1)).toBe('new');
    expect(timeline(alice, id).hasAfter).toBe(false);
  });

  it('shows what is pending at the end even where the newest messages are not loaded', async () => {
    const { network, during, alice, id } = await withHistory(400);
    await during(alice.client.conversations.loadAround(id, 100));
    alice.device.delivering = false;
    alice.client.messages.send(id, 'pending');
    await network.flush();
    expect(texts(alice, id).at(-1)).toBe('pending');
  });

  it('reaches the newest message going forwards although more are said meanwhile', async () => {
    const { network, during, alice, bob, id } = await withHistory(200);
    await during(alice.client.conversations.loadAround(id, 50));
    let said = 0;
    while (timeline(alice, id).hasAfter) {
      if (said < 3) bob.client.messages.send(id, `more ${said++}`);
      await network.flush();
      await during(alice.client.conversations.loadAfter(id));
    }
    expect(texts(alice, id).slice(-3)).toEqual(['more 0', 'more 1', 'more 2']);
    bob.client.messages.send(id, 'live again');
    await network.flush();
    expect(texts(alice, id).at(-1)).toBe('live again');
  });

  it('paints nothing that is stored and was taken back a moment ago', async () => {
    const storage = memoryStorage();
    const { network, during, start, bob, alice, id } = await withHistory(80, storage);
    await network.run(1_000);
    await alice.client.stop();
    const again = start({ storage });
    await during(again.client.auth.login({ userId: 'alice', password: '' }));
    await during(again.client.start());
    again.device.delivering = false;
    await during(bob.client.messages.revoke(id, 79));
    // It hears of it now, and there is no time to write.
    again.device.delivering = true;
    await network.flush();
    const painted: string[] = [];
    again.client.store.timeline(id).subscribe(() => painted.push(...texts(again, id)));
    await during(again.client.conversations.open(id));
    expect(painted).toContain('revoked');
    expect(painted).not.toContain('78');
  });

  it('paints what is stored first and takes what the server says then', async () => {
    const storage = memoryStorage();
    const { network, during, start, bob, alice, id } = await withHistory(80, storage);
    await network.run(1_000);
    await alice.client.stop();
    bob.client.messages.send(id, 'while away');
    await network.flush();
    const again = start({ storage });
    await during(again.client.auth.login({ userId: 'alice', password: '' }));
    await during(again.client.start());
    again.device.delivering = false;
    const painted: number[] = [];
    again.client.store.timeline(id).subscribe(() => painted.push(texts(again, id).length));
    const opened = again.client.conversations.open(id);
    await network.flush();
    expect(painted.at(-1)).toBeGreaterThanOrEqual(50);
    again.device.delivering = true;
    await during(opened);
    expect(texts(again, id).at(-1)).toBe('while away');
  });

  it('shows older rows that are stored when the server cannot be reached, as far as they have no hole', async () => {
    const storage = memoryStorage();
    const { network, during, alice, id } = await withHistory(120, storage);
    await during(alice.client.conversations.loadBefore(id));
    await during(alice.client.conversations.loadNewest(id));
    await network.run(1_000);
    alice.device.offline = true;
    alice.device.cut();
    await network.run(1_000);
    await during(alice.client.conversations.loadBefore(id));
    expect(texts(alice, id)).toEqual(numbers(0, 120));
  });

  it('is an error where there is nothing to see', async () => {
    const { during, alice } = await withHistory(0);
    const missing = '00000000-0000-7000-8000-00000000dead';
    await during(alice.client.conversations.open(missing));
    expect(timeline(alice, missing).status).toBe('error');
  });

  it('loads what could not be loaded offline with the next connection', async () => {
    const world = makeWorld();
    const alice = await world.person('alice');
    const bob = await world.person('bob');
    const { id } = await world.during(alice.client.conversations.openDirect('bob'));
    bob.client.messages.send(id, 'hello');
    await world.network.flush();
    alice.device.offline = true;
    alice.device.cut();
    await world.during(alice.client.conversations.open(id));
    expect(timeline(alice, id)).toMatchObject({ status: 'loading', items: [] });
    alice.device.offline = false;
    alice.client.retryNow();
    await world.network.run(2_000);
    expect(timeline(alice, id).status).toBe('ready');
    expect(texts(alice, id)).toEqual(['hello']);
  });
});

function timeline({ client }: Awaited<ReturnType<typeof withHistory>>['alice'], id: string) {
  return client.store.timeline(id).get();
}

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, n) => `${from + n}`);
}

/** A conversation of Alice and Bob in which Bob has said the numbers from 0, opened by Alice only then. */
async function withHistory(count: number, storage = memoryStorage()) {
  const world = makeWorld();
  const alice = await world.person('alice', { storage });
  const bob = await world.person('bob');
  const { id } = await world.during(bob.client.conversations.openDirect('alice'));
  for (let n = 0; n < count; n++) bob.client.messages.send(id, `${n}`);
  await world.network.flush();
  await world.during(alice.client.conversations.open(id));
  return { ...world, alice, bob, id };
}
