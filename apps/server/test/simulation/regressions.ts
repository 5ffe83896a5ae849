import type { Plan } from './plan.ts';

/** Stories that failed once, each with what it taught. They are played in every test run. */
export const regressions: { title: string; plan: Plan }[] = [
  {
    title: 'who leaves and is invited again while a node hears nothing of it is not told what was said between',
    plan: {
      seed: 1189,
      world: {
        nodes: 1,
        devices: ['alice', 'alice', 'bob', 'carol'],
        smallLimits: false,
        bus: { loss: 0.05, repeat: 0, delayMaxMs: 5, hearsItselfThroughMedium: true },
        resetsDeadSockets: true,
        databaseLatencyMaxMs: 1,
        networkLatencyMaxMs: 2,
        timing: { tailEveryMs: 2000, graceMs: 20, keepMs: 8000, holdMs: 30, positionsEveryMs: 6000, pingEveryMs: 10000 },
      },
      steps: [
        { atMs: 2099, does: { type: 'leave', device: 6, chat: 1 } },
        { atMs: 2740, does: { type: 'invite', device: 7, chat: 2, user: 1 } },
      ],
    },
  },
  {
    title: 'a group that begins while a client resumes is told of once',
    plan: {
      seed: 132,
      world: {
        nodes: 3,
        devices: ['alice', 'alice', 'bob', 'carol', 'dave'],
        smallLimits: false,
        bus: { loss: 0, repeat: 0.1, delayMaxMs: 5, hearsItselfThroughMedium: false },
        resetsDeadSockets: true,
        databaseLatencyMaxMs: 20,
        networkLatencyMaxMs: 2,
        timing: { tailEveryMs: 250, graceMs: 20, keepMs: 600000, holdMs: 100, positionsEveryMs: 6000, pingEveryMs: 10000 },
      },
      steps: [
        { atMs: 1873, does: { type: 'send', device: 6, chat: 2, count: 2, chars: 4 } },
        { atMs: 1874, does: { type: 'stopNode', node: 8, downMs: 10 } },
        { atMs: 1894, does: { type: 'createGroup', device: 3, users: [0, 3] } },
        { atMs: 1894, does: { type: 'killNode', node: 9, isHeard: true, downMs: 8000 } },
        { atMs: 3095, does: { type: 'clock', device: 9, errorMs: -10800000 } },
      ],
    },
  },
  {
    title: 'who is let in where a node is already further is told how far they should be',
    plan: {
      seed: 9257,
      world: {
        nodes: 2,
        devices: ['alice', 'alice', 'bob', 'carol'],
        smallLimits: false,
        bus: { loss: 0, repeat: 0, delayMaxMs: 600, hearsItselfThroughMedium: false },
        resetsDeadSockets: true,
        databaseLatencyMaxMs: 1,
        networkLatencyMaxMs: 2,
        timing: { tailEveryMs: 1000, graceMs: 100, keepMs: 8000, holdMs: 30, positionsEveryMs: 2000, pingEveryMs: 10000 },
      },
      steps: [
        { atMs: 1456, does: { type: 'send', device: 0, chat: 1, count: 2, chars: 4 } },
        { atMs: 1456, does: { type: 'openDirect', device: 4, user: 2 } },
        { atMs: 1564, does: { type: 'leave', device: 7, chat: 2 } },
        { atMs: 1569, does: { type: 'send', device: 8, chat: 1, count: 1, chars: 4 } },
      ],
    },
  },
];
