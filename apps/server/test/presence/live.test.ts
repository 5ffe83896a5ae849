import type { PresenceView, StreamItem } from '@nexo/shared';
import { describe, expect, test } from 'vitest';
import { eventually, type LiveClient, liveClient, startTestServer } from '../gateway/harness.ts';

const timing = { presenceGraceMs: 400, presenceEveryMs: 50 };

/** What a client was told of one user, in order. */
function told(client: LiveClient, userId: string): Partial<PresenceView>[] {
  return told.of(client.items, userId);
}
told.of = (items: readonly StreamItem[], userId: string) =>
  items.flatMap((item): Partial<PresenceView>[] => {
    if (item.type !== 'presence' || item.userId !== userId) return [];
    const { type: _, ...view } = item;
    return [view];
  });
const statuses = (client: LiveClient, userId: string) => told(client, userId).map(({ status }) => status);

/** A server that has been up for long enough to know who is absent. */
async function settledServer(more: Parameters<typeof startTestServer>[0] = {}) {
  const server = await startTestServer({ timing: { ...timing, ...more.timing }, ...more });
  const probe = await server.user('probe');
  await eventually(async () => {
    const { items } = await probe.http.presence.get.query({ userIds: ['nobody'] });
    expect(items).toEqual([{ userId: 'nobody', status: 'offline', platforms: [] }]);
  });
  return server;
}

describe('presence on one node', () => {
  test('R1 R2 a watcher is told at once who comes, who only looks elsewhere, and after a while who went', async () => {
    await using server = await settledServer();
    const [ann, bob] = [await server.user('ann'), await server.user('bob')];
    await using watcher = await liveClient(server.url, ann.token);
    const first = await watcher.trpc.presence.subscribe.mutate({ userIds: ['bob'] });
    expect(first.items).toEqual([{ userId: 'bob', status: 'offline', platforms: [], lastSeenAt: expect.any(Number) }]);

    const since = Date.now();
    {
      await using phone = await liveClient(server.url, bob.token);
      await eventually(() => expect(statuses(watcher, 'bob')).toEqual(['online']));
      await phone.trpc.presence.setAppState.mutate({ state: 'background' });
      await eventually(() => expect(statuses(watcher, 'bob')).toEqual(['online', 'away']));
      expect(told(watcher, 'bob')[1]).toEqual({ userId: 'bob', status: 'away', platforms: ['server'] });
    }
    await eventually(() => expect(statuses(watcher, 'bob')).toEqual(['online', 'away', 'offline']));
    const { lastSeenAt = 0 } = told(watcher, 'bob')[2] ?? {};
    expect(lastSeenAt).toBeGreaterThanOrEqual(since);
    expect(lastSeenAt).toBeLessThanOrEqual(Date.now() - timing.presenceGraceMs);
  });
});
