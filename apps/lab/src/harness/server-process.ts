import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';

const repository = fileURLToPath(new URL('../../../../', import.meta.url));
const readyTimeoutMs = 20_000;

export interface ServerProcessOptions {
  databaseUrl: string;
  /** A free one when absent. */
  port?: number;
  /** Variables of the server's environment beside those that this sets. */
  env?: Record<string, string>;
  /** Arguments of node itself, like `--cpu-prof`. */
  nodeArgs?: string[];
  /** `bundle` is what production runs (`npm run build -w @nexo/server`); `source` is run through tsx. */
  code: 'bundle' | 'source';
}

/** A server in a process of its own. */
export interface ServerProcess {
  pid: number;
  port: number;
  url: string;
  /** The last lines that it printed. */
  output(): string;
  /** Whether it still runs. */
  alive(): boolean;
  /** Resolves with the exit code (null after a signal). */
  exited: Promise<number | null>;
  /** Ends it at once, without a chance to clean up. Resolves when it is gone. */
  kill(): Promise<void>;
  /** Asks it to end; resolves when it is gone. */
  stop(): Promise<void>;
}

/** Starts the real server and answers when it is ready. Throws with what it printed when it ends first or takes too long. */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const port = options.port ?? (await freePort());
  const child = spawn(process.execPath, [...(options.nodeArgs ?? []), ...entryOf(options.code)], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_ENV: 'production',
      DATABASE_URL: options.databaseUrl,
      PORT: String(port),
      // What is tried and measured is the server, not how often somebody may ask it.
      RATE_LIMIT_FACTOR: '1000000',
      ...options.env,
    },
  });
  const output = lastLines(child);
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const alive = () => child.exitCode === null && child.signalCode === null;
  const end = async (signal: NodeJS.Signals) => {
    if (alive()) child.kill(signal);
    await exited;
  };
  const { pid } = child;
  if (pid === undefined) throw new Error('The server process could not be started.');

  const url = `http://127.0.0.1:${port}`;
  for (const deadline = performance.now() + readyTimeoutMs; !(await isReady(url)); await delay(20)) {
    if (alive() && performance.now() < deadline) continue;
    await end('SIGKILL');
    throw new Error(`The server did not become ready:\n${output()}`);
  }
  return { pid, port, url, output, alive, exited, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
}

function entryOf(code: 'bundle' | 'source'): string[] {
  if (code === 'source') return ['--import', 'tsx', join(repository, 'apps/server/src/main.ts')];
  const bundle = join(repository, 'apps/server/dist/main.js');
  if (!existsSync(bundle)) throw new Error('The server is not built: npm run build -w @nexo/server');
  return [bundle];
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`)).ok;
  } catch {
    return false;
  }
}

function lastLines(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-20_000);
    });
  }
  return () => text;
}
