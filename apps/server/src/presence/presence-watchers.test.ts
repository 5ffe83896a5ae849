import type { Looking, PresenceViews, Session } from '@nexo/api';
import type { PresenceSignal, PresenceView } from '@nexo/shared';
import { expect, test, vi } from 'vitest';
import type { Item } from '../gateway/batch.ts';
import { type Connection, Hub } from '../gateway/hub.ts';
import { PresenceWatchers } from './presence-watchers.ts';

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const eventually = (condition: () => void) => vi.waitFor(condition, { timeout: 20_000, interval: 5 });
/** What is under way without anybody holding it has been done. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));
const offline = (userId: string): PresenceView => ({ userId, status: 'offline', platforms: [] });
const away = (userId: string): PresenceView => ({ userId, status: 'away', platforms: ['web'] });
const online = (userId: string): PresenceView => ({ userId, status: 'online', platforms: ['web'] });

interface Watcher extends Connection {
  told: Omit<PresenceSignal, 'type'>[];
}

function watcherOf(hub: Hub, userId: string): Watcher {
  const session: Session = { id: `session of ${userId}`, userId, platform: 'web', transport: 'token' };
  const told: Watcher['told'] = [];
  const enqueue = ({ value }: Item) => {
    if (value.type !== 'presence') return;
    const { type: _, ...view } = value;
    told.push(view);
  };
  const connection = { ...{ session, suspect: false, silentMs: 0, close: () => {} }, enqueue, told };
  hub.add(connection);
  return connection;
}

/** Watchers of one node, in front of a database and a store that answer when they are told to. */
function makeWatchers(everyMs = 0) {
  const hub = new Hub();
  const views = new Map<string, PresenceView>();
  const hiding = new Set<string>();
  const state = { others: 'offline' as PresenceViews['others'], read: [] as string[] };
  const held: (() => void)[] = [];
  let isHeld = false;
  /** What was true when it was asked is answered later. */
  const later = async <T>(answer: T): Promise<T> => {
    if (isHeld) await new Promise<void>((resolve) => held.push(resolve));
    return answer;
  };
  const watchers = new PresenceWatchers({
    readViews(userIds) {
      state.read.push(...userIds);
      const found = userIds.map((id): [string, PresenceView] => [id, views.get(id) ?? offline(id)]);
      return later({ views: new Map(found), others: state.others });
    },
    mayLook: (pairs: readonly Looking[]) => later(pairs.map(({ userId }) => !hiding.has(userId))),
    isHere: (connection) => hub.has(connection),
    clock: { now: () => performance.now() },
    log: quiet,
    everyMs,
  });
  return {
    ...{ hub, watchers, views, hiding, state },
    /** From now on answers wait. */
    hold() {
      isHeld = true;
    },
    /** Lets one answer go. */
    async letOne() {
      held.shift()?.();
      await settled();
    },
    async letAll() {
      isHeld = false;
      for (const resolve of held.splice(0)) resolve();
      await settled();
    },
  };
}

test('R3 a socket that closed while its call waited watches nobody', async () => {
  const { hub, watchers, views } = makeWatchers();
  const ann = watcherOf(hub, 'ann');
  views.set('bob', online('bob'));
  watchers.forget(ann);
  hub.remove(ann);
  expect(await watchers.watch('ann', [ann], ['bob'])).toEqual([online('bob')]);
  expect(watchers.isWatched('bob')).toBe(false);
});

test('R3 a socket that closes while its answer is on the way watches nobody', async () => {
  const world = makeWatchers();
  const ann = watcherOf(world.hub, 'ann');
  world.hold();
  const answer = world.watchers.watch('ann', [ann], ['bob']);
  expect(world.watchers.isWatched('bob')).toBe(true);
  world.watchers.forget(ann);
  world.hub.remove(ann);
  await world.letOne();
  await world.letAll();
  await answer;
  expect(world.watchers.isWatched('bob')).toBe(false);
});

test('R9 a setting that changes twice at once leaves the watchers with the last of it', async () => {
  const { hub, watchers, views, hiding } = makeWatchers();
  const ann = watcherOf(hub, 'ann');
  views.set('bob', online('bob'));
  await watchers.watch('ann', [ann], ['bob']);
  watchers.audienceChanged('bob', 'contacts');
  hiding.add('bob');
  watchers.audienceChanged('bob', 'nobody');
  await settled();
  expect(ann.told).toEqual([offline('bob')]);
});

test('R9 who may look before and after is told what was kept back meanwhile, and nothing when nothing was', async () => {
  const { hub, watchers, views, hold, letAll } = makeWatchers();
  const ann = watcherOf(hub, 'ann');
  views.set('bob', online('bob'));
  await watchers.watch('ann', [ann], ['bob']);
  watchers.audienceChanged('bob', 'contacts');
  await settled();
  expect(ann.told).toEqual([]);
  hold();
  watchers.audienceChanged('bob', 'everyone');
  views.set('bob', away('bob'));
  watchers.changed(['bob']);
  await settled();
  await letAll();
  await eventually(() => expect(ann.told).toEqual([away('bob')]));
});

test('R8 of who is hidden before and after a change of the setting nothing is told, though they come and go meanwhile', async () => {
  const { hub, watchers, views, hiding, hold, letAll } = makeWatchers();
  const ann = watcherOf(hub, 'ann');
  hiding.add('bob');
  expect(await watchers.watch('ann', [ann], ['bob'])).toEqual([offline('bob')]);
  hold();
  watchers.audienceChanged('bob', 'contacts');
  views.set('bob', online('bob'));
  watchers.changed(['bob']);
  await settled();
  await letAll();
  expect(ann.told).toEqual([]);
});

test('R2 though a store that comes and goes says again and again that all may be different, users are read once in a while', async () => {
  const { hub, watchers, views, state } = makeWatchers(3_600_000);
  const ann = watcherOf(hub, 'ann');
  await watchers.watch('ann', [ann], ['bob']);
  views.set('bob', online('bob'));
  watchers.changed('all');
  await eventually(() => expect(ann.told).toEqual([online('bob')]));
  state.read.length = 0;
  for (let n = 0; n < 10; n++) {
    views.set('bob', n % 2 === 0 ? away('bob') : online('bob'));
    watchers.changed('all');
    await settled();
  }
  expect(state.read).not.toContain('bob');
  expect(ann.told).toEqual([online('bob')]);
  watchers.close();
});

test('R8 who hides while they are read is not in the answer', async () => {
  const { hub, watchers, views, hold, letOne, letAll } = makeWatchers();
  const ann = watcherOf(hub, 'ann');
  views.set('bob', online('bob'));
  await settled();
  hold();
  const answer = watchers.watch('ann', [ann], ['bob']);
  await letOne();
  watchers.audienceChanged('bob', 'nobody');
  await letAll();
  expect(await answer).toEqual([offline('bob')]);
});

test('R9 who shows themselves and goes at once is told of in this order', async () => {
  const { hub, watchers, views, hiding, hold, letOne, letAll } = makeWatchers();
  const ann = watcherOf(hub, 'ann');
  hiding.add('bob');
  views.set('bob', online('bob'));
  await watchers.watch('ann', [ann], ['bob']);
  hiding.clear();
  hold();
  watchers.audienceChanged('bob', 'everyone');
  await letOne();
  // They are being read as online; before that is there they go.
  await settled();
  views.set('bob', away('bob'));
  watchers.changed(['bob']);
  await settled();
  await letAll();
  await eventually(() => expect(ann.told.at(-1)).toEqual(away('bob')));
  await settled();
  expect(ann.told.at(-1)).toEqual(away('bob'));
});
