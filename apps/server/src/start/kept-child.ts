import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { OperatorError } from '@nexo/db/embedded';

export interface KeptChild {
  /** Resolves when the child first says that it is ready; rejects when it goes away before. */
  ready: Promise<void>;
  /** Ends the child and starts a new one at once: its code has changed. */
  renew(): void;
  /** Asks the child to send its clients to the others and to go, and ends it when it has not gone after the grace. */
  leave(graceMs: number): Promise<void>;
  /** SIGTERM, and SIGKILL to a child that has not gone after the grace. Resolves when it is gone. */
  stop(graceMs: number): Promise<void>;
}

interface KeptChildOptions {
  /** For people: "the server". */
  name: string;
  /** Starts the process, with an IPC channel, over which it sends `{ ready: true }`. */
  launch(): ChildProcess;
  log(line: string): void;
}

/** Waits between restarts double from the first to the second; a child that ran this long begins anew. */
const backoff = { firstMs: 100, mostMs: 10_000, forgetAfterMs: 30_000 };
const readyTimeoutMs = 120_000;
const renewGraceMs = 500;

/**
 * Keeps one child process running:
 *
 *     starting ──ready──► running ──exit──► waiting ──► starting …
 *        └─exit before the first ready──► failed        any ──stop──► stopped
 */
export function keepChild(options: KeptChildOptions): KeptChild {
  const { name, log } = options;
  const stopping = new AbortController();
  const first = outcome();
  let child: ChildProcess;
  let everReady = false;
  let renewing = false;

  const done = (async () => {
    let waitMs = backoff.firstMs;
    while (!stopping.signal.aborted) {
      const startedAt = performance.now();
      child = options.launch();
      const reason = await lifeOf(child, () => {
        everReady = true;
        first.resolve();
      });
      if (stopping.signal.aborted) break;
      if (!everReady) {
        first.reject(new OperatorError(`${capital(name)} did not start (${reason}). What it said is above.`));
        return;
      }
      if (renewing) {
        renewing = false;
        continue;
      }
      if (performance.now() - startedAt > backoff.forgetAfterMs) waitMs = backoff.firstMs;
      log(`${capital(name)} went away (${reason}) and is started again`);
      await delay(waitMs, undefined, { signal: stopping.signal }).catch(() => {});
      waitMs = Math.min(waitMs * 2, backoff.mostMs);
    }
    first.reject(new OperatorError(`${capital(name)} was stopped before it was ready.`));
  })();

  return {
    ready: first.settled,
    renew() {
      renewing = everReady;
      void end(child, renewGraceMs);
    },
    async leave(graceMs) {
      stopping.abort();
      await end(child, graceMs, () => child.connected && child.send({ leave: true }));
      await done;
    },
    async stop(graceMs) {
      stopping.abort();
      await end(child, graceMs);
      await done;
    },
  };
}

function outcome() {
  let resolve: () => void = () => {};
  let reject: (error: Error) => void = () => {};
  const settled = new Promise<void>((onReady, onFailure) => {
    resolve = onReady;
    reject = onFailure;
  });
  // Whoever stops before asking for readiness must not be met by an unhandled rejection.
  settled.catch(() => {});
  return { settled, resolve, reject };
}

/** Resolves when the child is gone, with the reason in words. */
function lifeOf(child: ChildProcess, onReady: () => void): Promise<string> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), readyTimeoutMs);
    child.on('message', (message) => {
      if (typeof message !== 'object' || message === null || !('ready' in message)) return;
      clearTimeout(timer);
      onReady();
    });
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      resolve(signal ?? `exit code ${code}`);
    });
  });
}

async function end(child: ChildProcess, graceMs: number, ask = () => child.kill('SIGTERM')): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await new Promise((resolve) => {
    child.once('exit', resolve);
    ask();
  });
  clearTimeout(timer);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
