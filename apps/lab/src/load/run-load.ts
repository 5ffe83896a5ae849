import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Child, startChild } from './child.ts';
import type { GeneratorCommand, GeneratorMessage, LoadPlan, Plan, Recording } from './plan.ts';
import { cpuSeconds, pinToCore, residentMiB } from './processes.ts';
import { type Measurement, mergeParts, readRecordings } from './result.ts';
import { sharedNowMs } from './run-clock.ts';
import { resultsFolder, type System } from './system.ts';
import { type Verification, verify } from './verify.ts';

/** Percent of one core during the measured time. */
interface CpuPercent {
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
  verify?(recording: Recording): Promise<Verification>;
}

/** The system under load, as far as a run needs it: the product, or a baseline. */
export type Target = Pick<System, 'db' | 'redis' | 'postgresPid'> & { nodes: readonly { pid: number; port: number }[] };

/** Between the last socket and the start: every process gets to know of it. */
const leadMs = 150;
const memoryEveryMs = 250;

/** Plays one plan by generator processes of its own, then verifies everything that it did. */
export async function runLoad(system: Target, load: LoadPlan, hooks: LoadHooks = {}): Promise<LoadResult> {
  const startedAt = Date.now();
  const runId = randomUUID();
  const ports = system.nodes.map((node) => node.port);
  const plans = Array.from({ length: load.generators }, (_, part): Plan => {
    return { ...load, ports, part, startedAt, recordingFile: join(resultsFolder, `recording-${runId}-${part}`) };
  });
  const generators = plans.map((plan) => startGenerator(plan, hooks.pinGenerators ?? false));
  try {
    await Promise.all(generators.map((generator) => generator.next('connected')));
    const { parts, cpuPercent, serverMiB } = await play(system, load, generators, hooks);
    const recording = readRecordings(plans.map((plan) => plan.recordingFile));
    const measurement = mergeParts(load, parts, recording);
    const verification = await (hooks.verify?.(recording) ?? verify(system.db, load, startedAt, recording));
    return { measurement, verification, cpuPercent, serverMiB, invalid: whyInvalid(measurement, cpuPercent.generators) };
  } finally {
    for (const generator of generators) generator.end();
    for (const { recordingFile } of plans) rmSync(recordingFile, { force: true });
  }
}

type Generator = Child<GeneratorCommand, GeneratorMessage>;

function startGenerator(plan: Plan, pin: boolean): Generator {
  const generator: Generator = startChild(new URL('./generator.ts', import.meta.url));
  if (pin) pinToCore(generator.pid, cpus().length - 1);
  generator.tell({ type: 'plan', plan });
  return generator;
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
    const answers = await Promise.all(generators.map((generator) => generator.next('answered')));
    await beside;
    const lastSeqs = load.conversations.map((_, i) => Math.max(...answers.map((answer) => answer.lastSeqs[i] ?? 0)));
    for (const generator of generators) generator.tell({ type: 'finish', lastSeqs });
    const done = await Promise.all(generators.map((generator) => generator.next('done')));
    const parts = done.map(({ part }) => part);
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
export function whyInvalid(
  measurement: Pick<Measurement, 'lag' | 'eventLoopP99Ms'>,
  generatorPercents: readonly number[],
): string[] {
  const reasons: string[] = [];
  const { lag, eventLoopP99Ms } = measurement;
  if (lag.p99 > 5_000) reasons.push(`scheduling lag p99 ${(lag.p99 / 1000).toFixed(1)} ms is above 5 ms`);
  for (const percent of generatorPercents) {
    if (percent > 70) reasons.push(`a generator used ${percent.toFixed(0)} % of a core, above 70 %`);
  }
  if (eventLoopP99Ms > 10) reasons.push(`a generator's event loop p99 ${eventLoopP99Ms.toFixed(1)} ms is above 10 ms`);
  return reasons;
}
