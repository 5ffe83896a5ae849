import { createDb, createPinnedConnection } from '@nexo/db';
import { newId } from '@nexo/shared';
import { appRouter, createLanes, LocalBus, laneSettings, type Services } from '../src/index.ts';
import type { Caller, World, WorldUser } from '../src/testing/index.ts';

/** Another process on the same database: lanes, pool and bus of its own. */
export interface SecondNode extends AsyncDisposable {
  services: Services;
  /** Calls procedures there, as the same session. */
  as(user: WorldUser): Caller;
}

export function createSecondNode(world: World, name = 'node-b'): SecondNode {
  const db = createDb({ url: world.databaseUrl, name });
  const connections = [1, 2].map(() => createPinnedConnection({ url: world.databaseUrl, name, settings: laneSettings }));
  const bus = new LocalBus(world.services.log);
  const lanes = createLanes({ connections, bus, clock: world.clock, newId });
  const services: Services = { ...world.services, db, bus, lanes };
  return {
    services,
    as: (user) => appRouter.createCaller({ ...services, session: user.session, address: '127.0.0.1', cookies: null }),
    async [Symbol.asyncDispose]() {
      await lanes.close();
      await bus.close();
      await Promise.all(connections.map((connection) => connection.close()));
      await db.close();
    },
  };
}
