import type { Looking, PresenceViews, Session } from '@nexo/api';
import type { PresenceSignal, PresenceView } from '@nexo/shared';
import { expect, test } from 'vitest';
import type { Item } from '../gateway/batch.ts';
import { type Connection, Hub } from '../gateway/hub.ts';
import { PresenceWatchers } from './presence-watchers.ts';

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
/** What is under way without anybody holding it has been done. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));
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
function makeWatchers() {
  const hub = new Hub();
  const views = new Map<string, PresenceView>();
  const hiding = new Set<string>();
  const state = { others: 'offline' as PresenceViews['others'], reads: 0 };
  const held: (() => void)[] = [];
  let isHeld = false;
  /** What was true when it was asked is answered later. */
  const later = async <T>(answer: T): Promise<T> => {
    if (isHeld) await new Promise<void>((resolve) => held.push(resolve));
    return answer;
  };
  const watchers = new PresenceWatchers({
    readViews(userIds) {
      state.reads++;
      const found = userIds.map((id): [string, PresenceView] => [
        id,
        views.get(id) ?? { ...online(id), status: 'offline', platforms: [] },
      ]);
      return later({ views: new Map(found), others: state.others });
    },
    mayLook: (pairs: readonly Looking[]) => later(pairs.map(({ userId }) => !hiding.has(userId))),
    isHere: (connection) => hub.has(connection),
    clock: { now: () => performance.now() },
    log: quiet,
    everyMs: 0,
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
