import { type ChildProcess, fork } from 'node:child_process';
import type { Answer, Command, DeviceReport, WorkerPlan } from './worker-protocol.ts';

/** A process with people in it, seen from the trial. */
export interface WorkerProcess {
  pid: number;
  /** Rejects when the worker fails or ends. */
  tell(command: Command): Promise<unknown>;
  report(): Promise<DeviceReport[]>;
  stop(): Promise<void>;
}

/** Starts a worker and waits until its people are made. */
export async function startWorker(plan: WorkerPlan): Promise<WorkerProcess> {
  const child: ChildProcess = fork(new URL('./worker.ts', import.meta.url), { stdio: 'inherit', execArgv: ['--import', 'tsx'] });
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let next = 1;
  let gone: Error | undefined;
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));

  const expect = (number: number) =>
    new Promise<unknown>((resolve, reject) => {
      if (gone !== undefined) reject(gone);
      else waiting.set(number, { resolve, reject });
    });
  child.on('message', (answer: Answer) => {
    const asked = waiting.get(answer.number);
    waiting.delete(answer.number);
    if ('error' in answer) asked?.reject(new Error(`A worker failed: ${answer.error}`));
    else asked?.resolve(answer.value);
  });
  child.once('exit', (code) => {
    gone = new Error(`A worker ended with ${code}.`);
    for (const { reject } of waiting.values()) reject(gone);
    waiting.clear();
  });

  const ready = expect(0);
  child.send(plan);
  await ready;
  const tell = (command: Command) => {
    const number = next++;
    const answer = expect(number);
    child.send({ number, command });
    return answer;
  };
  return {
    pid: child.pid ?? 0,
    tell,
    report: async () => (await tell({ do: 'report' })) as DeviceReport[],
    async stop() {
      await tell({ do: 'close' }).catch(() => {});
      child.disconnect();
      child.kill();
      await exited;
    },
  };
}
