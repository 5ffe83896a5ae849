import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { residentMiB } from '../load/processes.ts';
import type { System } from './system.ts';

/** What the nodes hold, all together. */
export interface Resources {
  /** Of the largest node. */
  residentMiB: number;
  fileDescriptors: number;
  /** Sockets beyond those that its roads know of: a peer that is gone, or a leak. */
  strayedSockets: number;
  postgresConnections: number;
}

/** A socket that is being closed, or a health check, is no leak. */
const strayedMax = 6;
/** Files that are opened on first use. */
const fileDescriptorsMoreMax = 12;
/** Connections of a pool that were not needed in the calm of the beginning. */
const postgresMorePerNodeMax = 6;
/** V8 keeps what it once needed; a leak of a trial that is worth the name is more. */
const residentFactorMax = 2;
const residentMoreMaxMiB = 200;
/** Peers in a black hole are found after two pings. */
const settleMaxMs = 90_000;
const lookEveryMs = 500;

export async function readResources(system: System): Promise<Resources> {
  const [row] = await system.db.sql<{ count: number }[]>`
    select count(*)::int as count from pg_stat_activity where application_name in ('nexo', 'nexo-lane', 'nexo-tail')`;
  let fileDescriptors = 0;
  let sockets = 0;
  for (const { server } of system.nodes) {
    const open = descriptorsOf(server.pid);
    sockets += open.filter((target) => target.startsWith('socket:')).length;
    fileDescriptors += open.filter((target) => !target.startsWith('socket:')).length;
  }
  const known = system.nodes.reduce(
    (sum, node) => sum + node.clients.connections() + node.postgres.connections() + node.redis.connections(),
    0,
  );
  return {
    residentMiB: Math.max(...system.nodes.map(({ server }) => residentMiB(server.pid))),
    fileDescriptors,
    // One more each, on which it listens.
    strayedSockets: Math.max(0, sockets - known - system.nodes.length),
    postgresConnections: row?.count ?? 0,
  };
}

/** I22: waits until the nodes are about where they were in the beginning. Answers what is not. */
export async function waitUntilSettled(system: System, baseline: Resources): Promise<{ now: Resources; excess: string[] }> {
  for (const deadline = performance.now() + settleMaxMs; ; await delay(lookEveryMs)) {
    const now = await readResources(system);
    const excess = excessOf(now, baseline, system.nodes.length);
    if (excess.length === 0 || performance.now() > deadline) return { now, excess };
  }
}

function excessOf(now: Resources, baseline: Resources, nodes: number): string[] {
  const excess: string[] = [];
  const atMost = (name: string, value: number, most: number) => {
    if (value > most) excess.push(`${Math.round(value)} ${name}, at most ${Math.round(most)} were expected`);
  };
  const { residentMiB: firstMiB } = baseline;
  atMost('MiB in a node', now.residentMiB, Math.max(firstMiB * residentFactorMax, firstMiB + residentMoreMaxMiB));
  atMost('open files', now.fileDescriptors, baseline.fileDescriptors + fileDescriptorsMoreMax);
  atMost('sockets without a road', now.strayedSockets, baseline.strayedSockets + strayedMax);
  atMost('connections to Postgres', now.postgresConnections, baseline.postgresConnections + nodes * postgresMorePerNodeMax);
  return excess;
}

function descriptorsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).flatMap((name) => {
      try {
        return [readlinkSync(`${folder}/${name}`)];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}
