import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { startCrowd } from '../../load/crowd-process.ts';
import { cpuSeconds, privateMiB, residentMiB } from '../../load/processes.ts';
import type { System } from '../../load/system.ts';
import { seedPairs } from '../../load/topology.ts';
import { at, emptyResult, type Workload, withSystem } from '../workload.ts';

/** W-08: thousands who are there and say nothing. */
export const idle: Workload = {
  id: 'W-08',
  title: '10,000 idle connections',
  what:
    '10,000 people, each with one conversation, connected, authenticated and subscribed over plain WebSockets. What they add to the memory of ' +
    'all processes, over a server that has already served 200: resident memory of the server after a forced collection, anonymous memory of ' +
    'Postgres, and the kernel’s objects for sockets (half of them, for the other half are the ends of the clients on the same machine). ' +
    'Then the CPU of a quiet time of more than two pings.',
  run: (bench) =>
    withSystem(bench, { garbageOnSignal: true }, async (system) => {
      const result = emptyResult();
      const count = at(bench, 10_000, 4_000, 40);
      const { users } = await seedPairs(system.db, count);
      const port = system.nodes[0]?.port ?? 0;
      // What the first ones cost once and for all (code that is compiled, connections to the database) is not theirs.
      const first = await startCrowd({ port, users: users.slice(0, at(bench, 200, 200, 10)), processes: 1 });
      await first.connect();
      first.end();
      await delay(at(bench, 2_000, 1_000, 200));
      const before = await memoryOf(system);

      const crowd = await startCrowd({ port, users, processes: 1 });
      try {
        const { seconds, open } = await crowd.connect();
        if (open !== count) result.findings.push(`${open} of ${count} are connected`);
        const cpuFrom = [cpuSeconds(system.nodes[0]?.pid ?? 0), cpuSeconds(system.postgresPid, true)];
        const idleSeconds = at(bench, 55, 6, 1);
        await delay(idleSeconds * 1000);
        const cpuTo = [cpuSeconds(system.nodes[0]?.pid ?? 0), cpuSeconds(system.postgresPid, true)];
        const after = await memoryOf(system);
        const still = await crowd.count();
        if (still !== count) result.findings.push(`${still} of ${count} are still connected after ${idleSeconds} s`);
        const perConnection = (key: keyof Memory, share = 1) => (1024 * share * (after[key] - before[key])) / count;
        const parts = {
          server: perConnection('server'),
          postgres: Math.max(0, perConnection('postgres')),
          kernel: Math.max(0, perConnection('kernel', 0.5)),
        };
        const total = parts.server + parts.postgres + parts.kernel;
        const kilobytes = (id: string, name: string, value: number) => {
          result.figures.push({ id, name, unit: 'KB', value: Math.round(value * 10) / 10 });
        };
        kilobytes('memory', 'memory per connection, all processes and the kernel', total);
        kilobytes('memory-server', 'of it the server', parts.server);
        kilobytes('memory-postgres', 'of it Postgres', parts.postgres);
        kilobytes('memory-kernel', 'of it the kernel, one end', parts.kernel);
        const cpu = (i: number) => (100 * ((cpuTo[i] ?? 0) - (cpuFrom[i] ?? 0))) / idleSeconds;
        result.figures.push({
          id: 'cpu',
          name: 'idle CPU of server and Postgres',
          unit: '% of a core',
          value: round(cpu(0) + cpu(1)),
        });
        result.figures.push({ id: 'connect-rate', name: 'connections opened', unit: '/s', value: Math.round(count / seconds) });
        result.notes.push(
          `server ${before.server.toFixed(0)} MiB before, ${after.server.toFixed(0)} MiB with ${count} connections`,
        );
      } finally {
        crowd.end();
      }
      return result;
    }),
};

/** In MiB. */
interface Memory {
  server: number;
  postgres: number;
  kernel: number;
}

async function memoryOf(system: System): Promise<Memory> {
  await system.collectGarbage();
  return {
    server: system.nodes.reduce((sum, node) => sum + residentMiB(node.pid), 0),
    postgres: privateMiB(system.postgresPid),
    kernel: socketMiB(),
  };
}

/** Kernel caches whose objects belong to sockets, and what TCP itself says that its buffers take. */
const socketCaches = ['TCP', 'TCPv6', 'sock_inode_cache', 'filp', 'eventpoll_epi', 'eventpoll_pwq', 'ep_head'];
const pageBytes = 4096;

function socketMiB(): number {
  const buffers = /^TCP:.* mem (\d+)/m.exec(read('/proc/net/sockstat'))?.[1] ?? '0';
  let bytes = Number(buffers) * pageBytes;
  for (const line of read('/proc/slabinfo').split('\n')) {
    const [name = '', active, , size] = line.split(/\s+/);
    if (socketCaches.includes(name)) bytes += Number(active) * Number(size);
  }
  return bytes / 2 ** 20;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
