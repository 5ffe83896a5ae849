import type { ChildProcess } from 'node:child_process';
import { type KeptChild, keepChild } from './kept-child.ts';

/** The servers behind the one port. */
export interface Nodes {
  /** Resolves when all are ready; rejects when one of them cannot start. */
  ready: Promise<unknown>;
  /** Ends all and starts them anew, at once: their code has changed. */
  restart(): void;
  /**
   * Replaces the servers one after the other: a new one is started beside the old one, which then sends its clients to the others
   * and goes. Stops at the first that does not start: the old ones stay. Never rejects.
   */
  renew(): Promise<void>;
  stop(graceMs: number): Promise<void>;
}

interface NodesOptions {
  count: number;
  /** Starts one; `name` is what it is called among them. */
  launch(name: string): ChildProcess;
  log(line: string): void;
}

/** A server that leaves gives its clients time to move. A little more than it takes at most by itself. */
const leaveGraceMs = 50_000;

/** Keeps several servers running. One that dies is started again while the others serve. */
export function keepNodes({ count, launch, log }: NodesOptions): Nodes {
  const keep = (name: string) =>
    keepChild({ name: count === 1 ? 'the server' : `server ${name}`, log, launch: () => launch(name) });
  const nodes = Array.from({ length: count }, (_, i) => keep(String(i + 1)));
  /** On its way in or out: neither a crash nor a stop may forget it. */
  const passing = new Set<KeptChild>();
  let generation = 1;
  let renewing: Promise<void> | undefined;
  let stopped = false;

  async function renewAll(): Promise<void> {
    generation++;
    log(count === 1 ? 'Renewing the server' : `Renewing the ${count} servers one by one`);
    for (let i = 0; i < count && !stopped; i++) {
      if (!(await renewOne(i))) return;
    }
    if (!stopped) log(count === 1 ? 'The server is renewed' : 'All servers are renewed');
  }

  async function renewOne(place: number): Promise<boolean> {
    const old = nodes[place];
    if (old === undefined) return false;
    const fresh = keep(`${place + 1}.${generation}`);
    passing.add(fresh);
    try {
      await fresh.ready;
    } catch (error) {
      if (!stopped) log(`${error instanceof Error ? error.message : error} The old servers go on.`);
      return false;
    } finally {
      passing.delete(fresh);
    }
    nodes[place] = fresh;
    passing.add(old);
    await old.leave(leaveGraceMs);
    passing.delete(old);
    return true;
  }

  return {
    ready: Promise.all(nodes.map((node) => node.ready)),
    restart() {
      for (const node of nodes) node.renew();
    },
    renew() {
      renewing ??= renewAll().finally(() => {
        renewing = undefined;
      });
      return renewing;
    },
    async stop(graceMs) {
      stopped = true;
      await Promise.all([...nodes, ...passing].map((node) => node.stop(graceMs)));
      await renewing;
    },
  };
}
