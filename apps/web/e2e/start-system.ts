import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RedisProcess, startRedis } from '@nexo/lab/redis';

const startMaxMs = 300_000;
const stopMaxMs = 15_000;
const root = new URL('../../..', import.meta.url).pathname;

/**
 * Starts the real system (the built one, with an empty database of its own) for the whole run; NEXO_E2E_URL names one that runs
 * already. NEXO_E2E_NODES runs so many servers, with a Redis of their own between them. Returns how to stop it.
 */
export default async function startSystem(): Promise<() => Promise<void>> {
  if (process.env.NEXO_E2E_URL !== undefined) return async () => undefined;
  const port = await freePort();
  const dataDir = mkdtempSync(join(tmpdir(), 'nexo-e2e-'));
  // What the tests run in is not what the system runs in.
  const { NODE_ENV: _mode, NEXO_E2E_NODES: nodes, ...rest } = process.env;
  const redis: RedisProcess | undefined = nodes === undefined ? undefined : await startRedis();
  const env: Record<string, string | undefined> = {
    ...rest,
    PORT: String(port),
    DATA_DIR: dataDir,
    LOG_LEVEL: 'warn',
    TRUSTED_PROXIES: '127.0.0.1',
    REDIS_URL: redis?.url,
    // Who goes is seen to have gone while a test looks.
    PRESENCE_GRACE_MS: '1500',
  };
  const flags = nodes === undefined ? [] : ['--nodes', nodes];
  const system = spawn(process.execPath, ['apps/server/scripts/nexo.mjs', 'start', ...flags], {
    cwd: root,
    env: env as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const stopped = new Promise<void>((resolve) => system.once('exit', () => resolve()));
  const ready = new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-20_000);
      if (output.includes('Nexo is ready')) resolve();
    };
    system.stdout.on('data', hear);
    system.stderr.on('data', hear);
    system.once('exit', (code) => reject(new Error(`Nexo did not start (exit ${code}):\n${output}`)));
    setTimeout(() => reject(new Error(`Nexo was not ready after ${startMaxMs} ms:\n${output}`)), startMaxMs).unref();
  });

  async function stop(): Promise<void> {
    system.kill('SIGTERM');
    const killing = setTimeout(() => system.kill('SIGKILL'), stopMaxMs);
    await stopped;
    clearTimeout(killing);
    await redis?.[Symbol.asyncDispose]();
    rmSync(dataDir, { recursive: true, force: true });
  }

  try {
    await ready;
  } catch (error) {
    await stop();
    throw error;
  }
  process.env.NEXO_E2E_URL = `http://localhost:${port}`;
  process.env.NEXO_E2E_PID = String(system.pid);
  process.env.NEXO_E2E_DATA_DIR = dataDir;
  return stop;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
