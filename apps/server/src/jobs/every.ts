import type { Log } from '@nexo/api';

/** Runs `work` again and again, the first time after one interval, never twice at once. Failures are logged and forgotten. Returns how to stop. */
export function every(name: string, intervalMs: number, work: () => Promise<void>, log: Log): () => Promise<void> {
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= work()
      .catch((error: unknown) => log.warn({ error, job: name }, 'a job failed'))
      .finally(() => {
        running = undefined;
      });
  }, intervalMs);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}
