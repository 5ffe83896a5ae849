import { describe, expect, test } from 'vitest';
import type { HeldSession, PresenceChange, PresenceStore } from '../presence/presence-store.ts';

/** Two nodes on one store of presence. In one process both are the same object. */
export interface PresencePair extends AsyncDisposable {
  a: PresenceStore;
  b: PresenceStore;
}

/** What every maker of a presence store promises. `makePair` gives empty stores that know who is absent. */
export function presenceContract(name: string, makePair: () => Promise<PresencePair>): void {
  describe(`presence contract: ${name}`, () => {
    test('what a node holds is read on every node, session by session', async () => {
      await using pair = await makePair();
      pair.a.hold('ann', [web, phone]);
      await expect.poll(() => sessionsOf(pair.b, 'ann')).toEqual([phone, web]);
      expect(await sessionsOf(pair.a, 'ann')).toEqual([phone, web]);
    });

    test('of who was never held nothing is said, and they are offline', async () => {
      await using pair = await makePair();
      pair.a.hold('ann', [web]);
      await expect.poll(() => sessionsOf(pair.b, 'ann')).toEqual([web]);
      const reading = await pair.b.read(['nobody', 'ann']);
      expect([...reading.held.keys()]).toEqual(['ann']);
      expect(reading.others).toBe('offline');
      expect(await pair.b.read([])).toEqual({ held: new Map(), others: 'offline' });
    });

    test('holding replaces what the node held of that user, and of nobody else', async () => {
      await using pair = await makePair();
      pair.a.hold('ann', [web, phone]);
      pair.a.hold('bob', [web]);
      pair.a.hold('ann', [{ ...phone, foreground: true }]);
      await expect.poll(() => sessionsOf(pair.b, 'ann')).toEqual([{ ...phone, foreground: true }]);
      expect(await sessionsOf(pair.b, 'bob')).toEqual([web]);
    });

    test('the last of several changes at once is what counts', async () => {
      await using pair = await makePair();
      for (let n = 0; n < 50; n++) pair.a.hold('ann', n % 2 === 0 ? [web] : [web, phone]);
      await expect.poll(() => sessionsOf(pair.b, 'ann')).toEqual([phone, web]);
    });

    test('who has gone is remembered for a while with the time they were last here', async () => {
      await using pair = await makePair();
      pair.a.hold('ann', [web]);
      await expect.poll(() => sessionsOf(pair.b, 'ann')).toEqual([web]);
      const at = Date.now();
      pair.a.hold('ann', [], at);
      const read = async () => (await pair.b.read(['ann'])).held.get('ann');
      await expect.poll(read).toEqual({ sessions: [], lastSeenAt: at });
      pair.a.hold('ann', [phone]);
      await expect.poll(() => sessionsOf(pair.b, 'ann')).toEqual([phone]);
    });

    test('every node hears of whom something changed', async () => {
      await using pair = await makePair();
      const [atA, atB] = [listen(pair.a), listen(pair.b)];
      pair.a.hold('ann', [web]);
      pair.a.hold('bob', [phone]);
      await expect.poll(() => [atA.users(), atB.users()]).toEqual([new Set(['ann', 'bob']), new Set(['ann', 'bob'])]);
      // Whoever hears of it finds it.
      expect(await sessionsOf(pair.b, 'ann')).toEqual([web]);
    });

    test('who stopped listening hears nothing more', async () => {
      await using pair = await makePair();
      const [stopped, stays] = [listen(pair.a), listen(pair.a)];
      stopped.stop();
      pair.a.hold('ann', [web]);
      await expect.poll(() => stays.users()).toEqual(new Set(['ann']));
      expect(stopped.users()).toEqual(new Set());
    });

    test('holding and reading after the end neither throw nor wait', async () => {
      await using pair = await makePair();
      await pair.a.close();
      pair.a.hold('ann', [web]);
      await expect(pair.a.read(['ann'])).resolves.toBeDefined();
    });
  });
}

const web: HeldSession = { sessionId: 'b', platform: 'web', foreground: true };
const phone: HeldSession = { sessionId: 'a', platform: 'ios', foreground: false };

/** By id. */
export async function sessionsOf(store: PresenceStore, userId: string): Promise<HeldSession[]> {
  const { held } = await store.read([userId]);
  return [...(held.get(userId)?.sessions ?? [])].sort((a, b) => (a.sessionId < b.sessionId ? -1 : 1));
}

function listen(store: PresenceStore) {
  const heard: PresenceChange[] = [];
  const stop = store.subscribe((change) => heard.push(change));
  return { stop, users: () => new Set(heard.flatMap((change) => (change === 'all' ? [] : change))) };
}
