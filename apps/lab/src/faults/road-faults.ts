import type { Node } from '../trial/system.ts';
import { type Fault, type Struck, surely, type Victims } from './fault.ts';
import type { Direction, Road } from './road.ts';

type RoadName = 'clients' | 'postgres' | 'redis';

/** Bytes after which a connection is reset at the latest: within the first few frames. */
const resetWithinBytes = 2_000;
const slowBytesPerSecond = 1_024;
const hourMs = 3_600_000;

/** Something that is wrong with roads until it is healed. `apply` answers how many connections it concerns. */
function onRoads(
  summary: string,
  lastsMs: readonly [number, number],
  name: RoadName,
  which: 'one' | 'all',
  apply: (road: Road, victims: Victims) => number,
): Fault {
  return {
    summary,
    lastsMs,
    async strike(victims): Promise<Struck> {
      const nodes = chosen(victims, which);
      const roads = nodes.map((node) => node[name]);
      for (const road of roads) road.takeTouched();
      const had = roads.reduce((sum, road) => sum + road.connections(), 0);
      const hit = roads.reduce((sum, road) => sum + apply(road, victims), 0);
      return {
        detail: `node ${nodes.map((node) => node.number).join(', ')}: ${hit} connections`,
        async heal() {
          for (const road of roads) road.heal();
        },
        async didNothing() {
          const touched = roads.reduce((sum, road) => sum + road.takeTouched(), 0);
          if (touched > 0) return null;
          if (name === 'redis' && had === 0) return { why: 'no node is connected to Redis', idle: true };
          return { why: `nothing was on the road (${had} connections, ${hit} of them chosen)` };
        },
      };
    },
  };
}

function chosen({ system, random }: Victims, which: 'one' | 'all'): Node[] {
  if (which === 'all') return system.nodes;
  const node = system.nodes[Math.floor(random() * system.nodes.length)];
  return node === undefined ? [] : [node];
}

/** Nothing moves, in both directions or in one of them. */
const stalled =
  (directions: readonly Direction[]) =>
  (road: Road): number => {
    road.stall(directions);
    return road.connections();
  };

const both: readonly Direction[] = ['toTarget', 'toSource'];

export const redisSlow = onRoads(
  'Redis is slow: every byte comes 200 ms later, give or take 300.',
  [4_000, 8_000],
  'redis',
  'all',
  (road) => {
    road.delay(200, 300);
    return road.connections();
  },
);

export const partitionPostgres = onRoads('A node and Postgres are apart.', [3_000, 8_000], 'postgres', 'one', stalled(both));
export const partitionPostgresAnswers = onRoads(
  'A node does not hear Postgres, which hears the node.',
  [3_000, 8_000],
  'postgres',
  'one',
  stalled(['toSource']),
);
export const partitionRedis = onRoads('A node and Redis are apart.', [3_000, 8_000], 'redis', 'one', stalled(both));
export const partitionRedisAnswers = onRoads(
  'A node does not hear Redis, which hears the node.',
  [3_000, 8_000],
  'redis',
  'one',
  stalled(['toSource']),
);

export const clientLatency = onRoads(
  'Clients are far away: 150 ms each way, with up to a second of jitter.',
  [4_000, 10_000],
  'clients',
  'all',
  (road) => {
    road.delay(150, 1_000);
    return road.connections();
  },
);

export const halfOpen = onRoads(
  'The connections between a node and its clients go silent without an end: no FIN, no RST.',
  [3_000, 8_000],
  'clients',
  'one',
  (road) => road.blackHole(),
);

export const halfOpenPostgres = onRoads(
  'The connections between a node and Postgres go silent without an end, as when the machine of Postgres is gone.',
  // Longer than the node's patience, so that the next one meets new connections.
  [16_000, 18_000],
  'postgres',
  'one',
  (road) => road.blackHole(),
);

export const halfOpenRedis = onRoads(
  'The connections between a node and Redis go silent without an end.',
  [3_000, 8_000],
  'redis',
  'one',
  (road) => road.blackHole(),
);

export const reset = onRoads(
  'Half of the connections between a node and its clients are reset, each in the middle of whatever it carries.',
  [2_000, 4_000],
  'clients',
  'one',
  (road, { random }) => road.resetAtRandomByte(0.5, resetWithinBytes, random),
);

export const slowConsumer = onRoads('Some clients read 1 KB a second.', [5_000, 12_000], 'clients', 'all', (road, { random }) =>
  road.slowDown(0.3, slowBytesPerSecond, random),
);

export const cutAll: Fault = {
  summary: 'Every client loses its connection at the same moment.',
  lastsMs: [0, 0],
  async strike({ system }) {
    const cut = system.nodes.reduce((sum, node) => sum + node.clients.reset(), 0);
    return {
      detail: `${cut} connections`,
      heal: async () => {},
      didNothing: async () => (cut > 0 ? null : { why: 'nobody was connected' }),
    };
  },
};

export const clientClock: Fault = {
  summary: 'The clocks of half of the devices jump by hours, ahead or back.',
  lastsMs: [4_000, 10_000],
  async strike({ setClocks, random }) {
    const offsetMs = Math.round((1 + random() * 5) * hourMs);
    const count = await setClocks(offsetMs);
    return {
      detail: `${count} devices by ${(offsetMs / hourMs).toFixed(1)} h`,
      heal: async () => void (await setClocks(0)),
      didNothing: count > 0 ? surely : async () => ({ why: 'there is no device' }),
    };
  },
};
