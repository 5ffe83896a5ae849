import type { BusWeather } from './model-bus.ts';
import type { NodeTiming } from './node.ts';
import { makeRandom, type Random } from './random.ts';

/** All that makes a story: the same plan is the same story, happening by happening. */
export interface Plan {
  /** From which everything is drawn that the plan does not say: delays, orders, ids. */
  seed: number;
  world: WorldPlan;
  steps: Step[];
}

interface WorldPlan {
  nodes: number;
  /** Whose each device is. */
  devices: string[];
  /** Limits so small that they are met. */
  smallLimits: boolean;
  bus: BusWeather;
  /** After the healing, a socket without its other end is reset, instead of being found out by silence. */
  resetsDeadSockets: boolean;
  databaseLatencyMaxMs: number;
  networkLatencyMaxMs: number;
  timing: NodeTiming;
}

interface Step {
  atMs: number;
  does: Action;
}

type Direction = 'up' | 'down';

/** Devices, nodes and chats are named by numbers that are taken modulo how many there are at that moment. */
export type Action =
  | { type: 'send'; device: number; chat: number; count: number; chars: number }
  | { type: 'sendTwice'; device: number; other: number; chat: number }
  | { type: 'reply'; device: number; chat: number }
  | { type: 'edit'; device: number; chat: number; back: number; user: number }
  | { type: 'revoke'; device: number; chat: number; back: number }
  | { type: 'react'; device: number; chat: number; back: number; kind: number; on: boolean }
  | { type: 'pin'; device: number; chat: number; back: number; on: boolean }
  | { type: 'remove'; device: number; chat: number; back: number; count: number }
  | { type: 'clear'; device: number; chat: number }
  | { type: 'mention'; device: number; chat: number; user: number }
  | { type: 'mute'; device: number; chat: number; user: number; forMs: number | null }
  | { type: 'read'; device: number; chat: number; back: number }
  | { type: 'open'; device: number; chat: number }
  | { type: 'page'; device: number; chat: number }
  | { type: 'typing'; device: number; chat: number }
  | { type: 'leave'; device: number; chat: number }
  | { type: 'invite'; device: number; chat: number; user: number }
  | { type: 'createGroup'; device: number; users: number[] }
  | { type: 'openDirect'; device: number; user: number }
  | { type: 'offline' | 'online' | 'cut' | 'halfOpen'; device: number }
  | { type: 'crash'; device: number; isHeard: boolean; downMs: number }
  | { type: 'newDevice'; user: number }
  | { type: 'move'; device: number; node: number }
  | { type: 'lose' | 'repeat' | 'swap'; device: number; direction: Direction; frames: number }
  | { type: 'stall'; device: number; phantomBytes: number; forMs: number }
  | { type: 'freeze'; device: number; forMs: number }
  | { type: 'clock'; device: number; errorMs: number }
  | { type: 'disk'; device: number; failures: number }
  | { type: 'killNode'; node: number; isHeard: boolean; downMs: number }
  | { type: 'stopNode'; node: number; downMs: number }
  | { type: 'freezeNode'; node: number; forMs: number }
  | { type: 'skew'; node: number; errorMs: number }
  | { type: 'askToLeave'; node: number }
  | { type: 'busAway'; node: number; forMs: number }
  | { type: 'databaseAway'; node: number; forMs: number }
  | { type: 'commit'; node: number; fate: 'before' | 'after' | number }
  | { type: 'hold'; chat: number; forMs: number };

export const users = ['alice', 'bob', 'carol', 'dave'] as const;

/** Three hours, a year. */
const clockErrorsMs = [-3 * 3_600_000, -5_000, 0, 5_000, 3 * 3_600_000, 365 * 86_400_000];
/** Nothing, more than signals may wait behind, more than events may, more than anything may. */
const phantomBytes = [0, 300 * 1024, 1024 * 1024, 9 * 1024 * 1024];

/** A story of a seed: who is there, what they do, and what goes wrong when. */
export function makePlan(seed: number): Plan {
  const random = makeRandom(seed, 'plan');
  const isCalm = random.chance(0.1);
  const world: WorldPlan = {
    nodes: random.whole(1, 3),
    devices: ['alice', 'alice', 'bob', 'carol', ...(random.chance(0.4) ? ['dave'] : [])],
    smallLimits: random.chance(0.5),
    bus: {
      loss: isCalm ? 0 : random.pick([0, 0, 0.05, 0.3, 1]),
      repeat: random.pick([0, 0.1]),
      delayMaxMs: random.pick([5, 60, 600]),
      hearsItselfThroughMedium: random.chance(0.3),
    },
    resetsDeadSockets: random.chance(0.75),
    databaseLatencyMaxMs: random.pick([1, 4, 20]),
    networkLatencyMaxMs: random.pick([2, 20, 120]),
    timing: {
      tailEveryMs: random.pick([250, 1_000, 2_000]),
      graceMs: random.pick([20, 100]),
      keepMs: random.pick([8_000, 600_000]),
      holdMs: random.pick([30, 100]),
      positionsEveryMs: random.pick([2_000, 6_000]),
      pingEveryMs: 10_000,
    },
  };
  const steps: Step[] = [];
  const count = random.whole(15, 45);
  let atMs = random.whole(50, 600);
  for (let at = 0; at < count; at++) {
    atMs += random.pick([0, 0, 1, 5, 20, 100, 300, 1_000]);
    steps.push({ atMs, does: makeAction(random, isCalm) });
  }
  return { seed, world, steps };
}

const mutesMs = [1_000, 3_000, 600_000, null];

function makeReaction(random: Random, device: number, chat: number): Action {
  const [back, kind, on] = [random.pick([0, 0, 1, 3]), random.whole(0, 2), random.chance(0.7)];
  return { type: 'react', device, chat, back, kind, on };
}

type Maker = (random: Random, device: number, chat: number) => Action;

const deeds: [weight: number, make: Maker][] = [
  [14, (random, device, chat) => ({ type: 'send', device, chat, count: random.pick([1, 1, 1, 2, 5]), chars: 4 })],
  [1, (_, device, chat) => ({ type: 'send', device, chat, count: 3, chars: 12_000 })],
  [2, (random, device, chat) => ({ type: 'sendTwice', device, chat, other: random.whole(0, 9) })],
  [2, (_, device, chat) => ({ type: 'reply', device, chat })],
  [4, (random, device, chat) => ({ type: 'edit', device, chat, back: random.pick([0, 0, 1, 3]), user: random.whole(0, 9) })],
  [3, (random, device, chat) => ({ type: 'revoke', device, chat, back: random.pick([0, 0, 1, 2, 5]) })],
  [4, (random, device, chat) => makeReaction(random, device, chat)],
  [2, (random, device, chat) => ({ type: 'pin', device, chat, back: random.pick([0, 0, 1]), on: random.chance(0.6) })],
  [2, (random, device, chat) => ({ type: 'remove', device, chat, back: random.pick([0, 0, 2]), count: random.whole(1, 3) })],
  [1, (_, device, chat) => ({ type: 'clear', device, chat })],
  [3, (random, device, chat) => ({ type: 'mention', device, chat, user: random.whole(0, 9) })],
  [2, (random, device, chat) => ({ type: 'mute', device, chat, user: random.whole(0, 9), forMs: random.pick(mutesMs) })],
  [6, (random, device, chat) => ({ type: 'read', device, chat, back: random.pick([0, 0, 1, 3]) })],
  [4, (_, device, chat) => ({ type: 'open', device, chat })],
  [4, (_, device, chat) => ({ type: 'page', device, chat })],
  [1, (_, device, chat) => ({ type: 'typing', device, chat })],
  [4, (_, device, chat) => ({ type: 'leave', device, chat })],
  [6, (random, device, chat) => ({ type: 'invite', device, chat, user: random.whole(0, 9) })],
  [1, (random, device) => ({ type: 'createGroup', device, users: [random.whole(0, 9), random.whole(0, 9)] })],
  [2, (random, device) => ({ type: 'openDirect', device, user: random.whole(0, 9) })],
  [1, (random) => ({ type: 'newDevice', user: random.whole(0, 9) })],
];

const faults: [weight: number, make: Maker][] = [
  [3, (_, device) => ({ type: 'offline', device })],
  [5, (_, device) => ({ type: 'online', device })],
  [3, (_, device) => ({ type: 'cut', device })],
  [1, (_, device) => ({ type: 'halfOpen', device })],
  [2, (random, device) => ({ type: 'crash', device, isHeard: random.chance(0.7), downMs: random.pick([1, 300, 4_000]) })],
  [2, (random, device) => ({ type: 'move', device, node: random.whole(0, 9) })],
  [3, (random, device) => ({ type: 'lose', device, direction: directionOf(random), frames: random.whole(1, 3) })],
  [1, (random, device) => ({ type: 'repeat', device, direction: directionOf(random), frames: random.whole(1, 3) })],
  [1, (random, device) => ({ type: 'swap', device, direction: 'down', frames: random.whole(1, 2) })],
  [
    2,
    (random, device) => ({
      type: 'stall',
      device,
      phantomBytes: random.pick(phantomBytes),
      forMs: random.pick([50, 800, 5_000]),
    }),
  ],
  [1, (random, device) => ({ type: 'freeze', device, forMs: random.pick([100, 3_000, 30_000]) })],
  [1, (random, device) => ({ type: 'clock', device, errorMs: random.pick(clockErrorsMs) })],
  [1, (random, device) => ({ type: 'disk', device, failures: random.whole(1, 2) })],
  [
    2,
    (random) => ({
      type: 'killNode',
      node: random.whole(0, 9),
      isHeard: random.chance(0.7),
      downMs: random.pick([10, 1_000, 8_000]),
    }),
  ],
  [1, (random) => ({ type: 'stopNode', node: random.whole(0, 9), downMs: random.pick([10, 1_000]) })],
  [1, (random) => ({ type: 'freezeNode', node: random.whole(0, 9), forMs: random.pick([100, 2_000, 12_000]) })],
  [1, (random) => ({ type: 'skew', node: random.whole(0, 9), errorMs: random.pick([-60_000, -50, 50, 60_000]) })],
  [1, (random) => ({ type: 'askToLeave', node: random.whole(0, 9) })],
  [2, (random) => ({ type: 'busAway', node: random.whole(0, 9), forMs: random.pick([200, 2_000]) })],
  [1, (random) => ({ type: 'databaseAway', node: random.whole(0, 9), forMs: random.pick([20, 700]) })],
  [3, (random) => ({ type: 'commit', node: random.whole(0, 9), fate: random.pick(['before', 'after', 30, 700]) })],
  [1, (random, _, chat) => ({ type: 'hold', chat, forMs: random.pick([50, 700, 1_500]) })],
];

function makeAction(random: Random, isCalm: boolean): Action {
  const makers = isCalm || random.chance(0.62) ? deeds : faults;
  const total = makers.reduce((sum, [weight]) => sum + weight, 0);
  let left = random() * total;
  // The same chats again and again, for things to happen to each other.
  const [device, chat] = [random.whole(0, 9), random.pick([0, 0, 0, 1, 1, 2])];
  for (const [weight, make] of makers) {
    left -= weight;
    if (left < 0) return make(random, device, chat);
  }
  throw new Error('unreachable');
}

function directionOf(random: Random): Direction {
  return random.chance(0.7) ? 'down' : 'up';
}
