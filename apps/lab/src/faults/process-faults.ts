import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { nowMicros } from '../history/line.ts';
import type { CrashPoint } from './crash-point.ts';
import { type Fault, surely, type Victims } from './fault.ts';

/** A node that was killed is looked for again after this long at least: as a supervisor would. */
const restartAfterMs = [200, 2_000] as const;
/** A crash point needs a batch to be committed; without one in this time the fault did nothing. */
const crashMaxMs = 15_000;
/** From the commit's answer until the node has told the other nodes. */
const publishMaxMs = 100;

async function takeNode(victims: Victims) {
  const node = victims.system.nodes[await victims.take('node', victims.random())];
  if (node === undefined) throw new Error('There is no node.');
  return node;
}

export const nodeKill: Fault = {
  summary: 'A node is killed (SIGKILL) and started again.',
  lastsMs: restartAfterMs,
  async strike(victims) {
    const node = await takeNode(victims);
    await node.kill();
    return { detail: `node ${node.number}`, heal: () => node.restart(), didNothing: surely };
  },
};

export const nodeTerm: Fault = {
  summary: 'All nodes are stopped in order (SIGTERM) and started again, one after the other, as in a rolling update.',
  lastsMs: [0, 0],
  async strike(victims) {
    const { nodes } = victims.system;
    await victims.takeNodes();
    const codes: (number | null)[] = [];
    for (const node of nodes) {
      codes.push(await node.stop());
      await node.restart();
    }
    return {
      detail: `nodes ${nodes.map((node) => node.number).join(', ')}`,
      heal: async () => {},
      didNothing: async () => (codes.every((code) => code === 0) ? null : { why: `a node ended with ${codes.join(', ')}` }),
    };
  },
};

export const nodeStop: Fault = {
  summary: 'A node stands still (SIGSTOP) and goes on, as after a long pause of its machine.',
  lastsMs: [5_000, 15_000],
  async strike(victims) {
    const node = await takeNode(victims);
    const { pid } = node.server;
    process.kill(pid, 'SIGSTOP');
    return {
      detail: `node ${node.number}`,
      heal: async () => signal(pid, 'SIGCONT'),
      didNothing: async () => (isStopped(pid) ? null : { why: 'the node was not stopped' }),
    };
  },
};

export const postgresImmediate: Fault = {
  summary: 'Postgres stops at once (immediate: no checkpoint, no goodbye), is away for a moment, and recovers from its log.',
  lastsMs: [500, 3_000],
  async strike(victims) {
    await victims.take('postgres', 0);
    const { postgres } = victims.system;
    await postgres.stopImmediately();
    return { detail: 'Postgres', heal: () => postgres.start(), didNothing: surely };
  },
};

export const postgresKillBackend: Fault = {
  summary: 'Some of the connections to Postgres are ended by it (pg_terminate_backend), at random.',
  lastsMs: [0, 0],
  async strike(victims) {
    await victims.take('postgres', 0);
    const { sql } = victims.system.db;
    const backends = await sql<{ pid: number }[]>`
      select pid from pg_stat_activity where application_name in ('nexo', 'nexo-lane', 'nexo-tail') order by pid`;
    const chosen = backends.filter(() => victims.random() < 0.5).map(({ pid }) => pid);
    const ended = await sql<
      { done: boolean }[]
    >`select pg_terminate_backend(pid) as done from unnest(${chosen}::int4[]) as t (pid)`;
    const count = ended.filter(({ done }) => done).length;
    return {
      detail: `${count} of ${backends.length} connections`,
      heal: async () => {},
      didNothing: async () => (count > 0 ? null : { why: 'no connection was chosen' }),
    };
  },
};

export const postgresFreeze: Fault = {
  summary: 'Every process of Postgres stands still (SIGSTOP) for a while.',
  lastsMs: [2_000, 10_000],
  async strike(victims) {
    await victims.take('postgres', 0);
    const pids = victims.system.postgres.pids();
    for (const pid of pids) signal(pid, 'SIGSTOP');
    return {
      detail: `${pids.length} processes`,
      heal: async () => {
        for (const pid of pids) signal(pid, 'SIGCONT');
      },
      didNothing: async () => (isStopped(pids[0] ?? 0) ? null : { why: 'the postmaster was not stopped' }),
    };
  },
};

export const redisKill: Fault = {
  summary: 'Redis is killed and stays away for a while; it comes back empty.',
  lastsMs: [3_000, 10_000],
  async strike(victims) {
    await victims.take('redis', 0);
    const { redis } = victims.system;
    await redis.kill();
    return { detail: 'Redis', heal: () => redis.start(), didNothing: surely };
  },
};

export const redisRestartEmpty: Fault = {
  summary: 'Redis is killed and there again at once, empty.',
  lastsMs: [0, 0],
  async strike(victims) {
    await victims.take('redis', 0);
    const { redis } = victims.system;
    await redis.kill();
    await redis.start();
    return {
      detail: 'Redis',
      heal: async () => {},
      didNothing: async () => ((await answersPing(redis.port)) ? null : { why: 'Redis is not back' }),
    };
  },
};

export const redisPause: Fault = {
  summary: 'Redis stands still (SIGSTOP) with its connections open.',
  lastsMs: [3_000, 8_000],
  async strike(victims) {
    await victims.take('redis', 0);
    const { redis } = victims.system;
    redis.pause();
    const pid = redis.pid();
    return {
      detail: 'Redis',
      heal: async () => redis.resume(),
      didNothing: async () => (isStopped(pid) ? null : { why: 'Redis was not stopped' }),
    };
  },
};

export const restoreBackup: Fault = {
  summary: 'Postgres is lost and restored from a backup of some seconds ago; the epoch is changed. Only in a trial of its own.',
  lastsMs: [5_000, 8_000],
  once: true,
  async strike(victims) {
    const { postgres, nodes, db } = victims.system;
    await victims.take('postgres', 0);
    const lostFrom = nowMicros();
    await postgres.backUp();
    return {
      detail: 'backed up',
      async heal() {
        for (const { number } of nodes) await victims.take('node', number / nodes.length);
        await Promise.all(nodes.map((node) => node.kill()));
        await postgres.restore();
        const [row] = await db.sql<{ epoch: string }[]>`select epoch from system`;
        victims.write({ t: nowMicros(), by: 'nemesis', op: 'restored', lostFrom, epoch: row?.epoch ?? '' });
        await Promise.all(nodes.map((node) => node.restart()));
      },
      didNothing: surely,
    };
  },
};

/** A node dies at an exact point of a commit, found on its road to Postgres. */
export function crashAt(point: CrashPoint, summary: string): Fault {
  return {
    summary,
    lastsMs: restartAfterMs,
    async strike(victims) {
      const node = await takeNode(victims);
      const deadline = performance.now() + crashMaxMs;
      let isReached: boolean;
      let heldBack = 0;
      do {
        node.clients.heal();
        const reached = node.crashPoints.arm(point, () => {
          // From here on no client of this node hears anything: not the answer, and not the event.
          if (point === 'before-ack') node.clients.stall(['toSource']);
        });
        const left = deadline - performance.now();
        isReached = await Promise.race([reached.then(() => true), after(left).then(() => false)]);
        node.crashPoints.disarm();
        if (isReached && point === 'before-ack') await after(publishMaxMs);
        heldBack = node.clients.takeTouched();
        // Of a batch whose senders are cut off already there is no answer to hold back: it has to be another one.
      } while (isReached && point === 'before-ack' && heldBack === 0 && performance.now() < deadline);
      if (isReached) await node.kill();
      // What was held back dies with the node: no client may hear it after all.
      if (point === 'before-ack') node.clients.reset();
      node.clients.heal();
      return {
        detail: `node ${node.number}`,
        heal: async () => {
          if (!node.server.alive()) await node.restart();
        },
        async didNothing() {
          if (!isReached) return { why: `nothing was committed within ${crashMaxMs / 1_000} s` };
          return point === 'before-ack' && heldBack === 0 ? { why: 'no answer was held back' } : null;
        },
      };
    },
  };
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}

function isStopped(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
  } catch {
    return false;
  }
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
