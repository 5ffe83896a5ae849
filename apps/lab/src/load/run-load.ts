import { type ChildProcess, fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { GeneratorCommand, GeneratorMessage, LoadPlan, PartMeasurement, Plan } from './plan.ts';
import { cpuSeconds, pinToCore, residentMiB } from './processes.ts';
import { type Measurement, mergeParts, readRecordings } from './result.ts';
import { sharedNowMs } from './run-clock.ts';
import { resultsFolder, type System } from './system.ts';
import { type Verification, verify } from './verify.ts';

/** Percent of one core during the measured time. */
export interface CpuPercent {
  server: number;
  postgres: number;
  redis: number;
  /** Of each generator process. */
  generators: number[];
}

export interface LoadResult {
  measurement: Measurement;
  verification: Verification;
  cpuPercent: CpuPercent;
  /** Of all nodes together, the highest of the run. */
  serverMiB: number;
  /** Why the generators' own figures cannot be trusted; empty when they can. */
  invalid: string[];
}

export interface LoadHooks {
  pinGenerators?: boolean;
  /** Runs beside the measured time; `at` resolves at that second of it. */
  during?(at: (seconds: number) => Promise<void>): Promise<void>;
  /** What is compared with the database, when it is not the product's own tables. */
  verify?(startedAt: number): Promise<Verification>;
}

/** The system under load, as far as a run needs it: the product, or a baseline. */
export type Target = Pick<System, 'db' | 'redis' | 'postgresPid'> & { nodes: readonly { pid: number; port: number }[] };

/** Between the last socket and the start: every process gets to know of it. */
const leadMs = 150;
const memoryEveryMs = 250;

/** Plays one plan by generator processes of its own, then verifies everything that it did. */
export async function runLoad(system: Target, load: LoadPlan, hooks: LoadHooks = {}): Promise<LoadResult> {
  const startedAt = Date.now();
  const ports = system.nodes.map((node) => node.port);
  const plans = Array.from({ length: load.generators }, (_, part): Plan => {
    return { ...load, ports, part, startedAt, recordingFile: join(resultsFolder, `recording-${process.pid}-${part}`) };
  });
  const generators = plans.map((plan) => startGenerator(plan, hooks.pinGenerators ?? false));
  try {
    await Promise.all(generators.map((generator) => generator.connected));
    const { parts, cpuPercent, serverMiB } = await play(system, load, generators, hooks);
    const recording = readRecordings(plans.map((plan) => plan.recordingFile));
    const measurement = mergeParts(load, parts, recording);
    const verification = await (hooks.verify?.(startedAt) ?? verify(system.db, load, startedAt, recording));
    return { measurement, verification, cpuPercent, serverMiB, invalid: whyInvalid(measurement, cpuPercent.generators) };
  } finally {
    for (const { child } of generators) child.kill('SIGKILL');
    for (const { recordingFile } of plans) rmSync(recordingFile, { force: true });
  }
}

interface Generator {
  child: ChildProcess;
  pid: number;
  connected: Promise<void>;
  answered: Promise<number[]>;
  done: Promise<PartMeasurement>;
  tell(command: GeneratorCommand): void;
}

function startGenerator(plan: Plan, pin: boolean): Generator {
  const child = fork(new URL('./generator.ts', import.meta.url), { stdio: 'inherit', execArgv: ['--import', 'tsx'] });
  const { pid } = child;
  if (pid === undefined) throw new Error('The generator process could not be started.');
  if (pin) pinToCore(pid, cpus().length - 1);
  const connected = deferred<void>();
  const answered = deferred<number[]>();
  const done = deferred<PartMeasurement>();
  const fail = (error: Error) => {
    for (const one of [connected, answered, done]) one.reject(error);
  };
  child.on('message', (message: GeneratorMessage) => {
    if (message.type === 'connected') connected.resolve();
    else if (message.type === 'answered') answered.resolve(message.lastSeqs);
    else if (message.type === 'done') done.resolve(message.part);
    else fail(new Error(`The generator failed: ${message.message}`));
  });
  child.once('exit', (code) => fail(new Error(`The generator ended with ${code}.`)));
  const tell = (command: GeneratorCommand) => void child.send(command);
  tell({ type: 'plan', plan });
  return { child, pid, connected: connected.promise, answered: answered.promise, done: done.promise, tell };
}

/** Starts them together, looks at processes meanwhile, and ends when all have what they waited for. */
async function play(system: Target, load: LoadPlan, generators: Generator[], hooks: LoadHooks) {
  const atMs = sharedNowMs() + leadMs;
  for (const generator of generators) generator.tell({ type: 'start', atMs });
  const measuredFrom = atMs + load.warmUpSeconds * 1000;
  const at = (seconds: number) => delay(Math.max(0, measuredFrom + seconds * 1000 - sharedNowMs()));
  let serverMiB = 0;
  const lookAtMemory = setInterval(() => {
    const now = system.nodes.reduce((sum, node) => sum + residentMiB(node.pid), 0);
    serverMiB = Math.max(serverMiB, now);
  }, memoryEveryMs);
  try {
    const samples = [at(0), at(load.seconds)].map(async (moment) => {
      await moment;
      return sampleCpu(system, generators);
    });
    const beside = hooks.during?.(at);
    const answers = await Promise.all(generators.map((generator) => generator.answered));
    await beside;
    const lastSeqs = load.conversations.map((_, i) => Math.max(...answers.map((answer) => answer[i] ?? 0)));
    for (const generator of generators) generator.tell({ type: 'finish', lastSeqs });
    const parts = await Promise.all(generators.map((generator) => generator.done));
    return { parts, cpuPercent: cpuBetween(await Promise.all(samples)), serverMiB: Math.round(serverMiB) };
  } finally {
    clearInterval(lookAtMemory);
  }
}

interface CpuSample {
  atMs: number;
  server: number;
  postgres: number;
  redis: number;
  generators: number[];
}

function sampleCpu(system: Target, generators: readonly Generator[]): CpuSample {
  return {
    atMs: sharedNowMs(),
    server: system.nodes.reduce((sum, node) => sum + cpuSeconds(node.pid), 0),
    postgres: cpuSeconds(system.postgresPid, true),
    redis: system.redis === null ? 0 : cpuSeconds(system.redis.pid()),
    generators: generators.map(({ pid }) => cpuSeconds(pid)),
  };
}

function cpuBetween([from, to]: CpuSample[]): CpuPercent {
  if (from === undefined || to === undefined) return { server: 0, postgres: 0, redis: 0, generators: [] };
  const percent = (start: number, end: number) => Math.max(0, (100_000 * (end - start)) / (to.atMs - from.atMs));
  return {
    server: percent(from.server, to.server),
    postgres: percent(from.postgres, to.postgres),
    redis: percent(from.redis, to.redis),
    generators: to.generators.map((end, i) => percent(from.generators[i] ?? 0, end)),
  };
}

/** A generator that was itself late measures its own lateness: the run says so. */
function whyInvalid(measurement: Pick<Measurement, 'lag' | 'eventLoopP99Ms'>, generatorPercents: readonly number[]): string[] {
  const reasons: string[] = [];
  const { lag, eventLoopP99Ms } = measurement;
  if (lag.p99 > 5_000) reasons.push(`scheduling lag p99 ${(lag.p99 / 1000).toFixed(1)} ms is above 5 ms`);
  for (const percent of generatorPercents) {
    if (percent > 70) reasons.push(`a generator used ${percent.toFixed(0)} % of a core, above 70 %`);
  }
  if (eventLoopP99Ms > 10) reasons.push(`a generator's event loop p99 ${eventLoopP99Ms.toFixed(1)} ms is above 10 ms`);
  return reasons;
}

function deferred<T>(): { promise: Promise<T>; resolve(value: T): void; reject(error: Error): void } {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((ok, no) => {
    resolve = ok;
    reject = no;
  });
  // Whoever waits for it hears of a failure; until somebody does, Node would take it for a crash.
  promise.catch(() => {});
  return { promise, resolve, reject };
}
