import type { Finding } from '../check/index.ts';
import type { LoadPlan } from '../load/plan.ts';
import type { LoadResult } from '../load/run-load.ts';
import { type System, type SystemOptions, startSystem } from '../load/system.ts';

/** `full`: what the report is written from. `quick`: minutes, to see it all work. `smoke`: a test; its figures mean nothing. */
export type Scale = 'full' | 'quick' | 'smoke';

/** What a workload is run with. */
export interface Bench {
  scale: Scale;
  /** One line of progress. */
  log(line: string): void;
  /** The server that is run. */
  code: 'bundle' | 'source';
  /** Where the ten million messages lie from one run to the next; null: made anew and removed. */
  historyDir: string | null;
  /** What is being started or runs now, to be stopped when the program is. */
  running: Set<Promise<System>>;
  /** A running system for those that ask for nothing special, so that a test does not start one for each. */
  system?: System;
  /** Makes an empty database; without it every system has a Postgres of its own. */
  makeDatabase?(): Promise<string>;
}

/** One number of the report. */
export interface Figure {
  /** Unique in the workload; the key of its target and of repeats. */
  id: string;
  name: string;
  unit: string;
  value: number;
}

/** Lines over a common x. */
export interface Chart {
  id: string;
  title: string;
  x: string;
  y: string;
  lines: { name: string; points: [number, number][] }[];
}

/** A table of its own, of latencies mostly. */
export interface LatencyRow {
  name: string;
  /** Microseconds. */
  p50: number;
  p90: number;
  p99: number;
  p999: number;
  max: number;
  count: number;
}

export interface WorkloadResult {
  figures: Figure[];
  latencies: LatencyRow[];
  charts: Chart[];
  /** What was not correct: there are no figures then. */
  findings: string[];
  /** Why the generator's own figures cannot be trusted: the figures stand with a mark. */
  invalid: string[];
  /** Sentences beside the figures: who shared the cores, what was counted. */
  notes: string[];
}

export interface Workload {
  id: string;
  title: string;
  /** What is done, in a few sentences, for the report. */
  what: string;
  run(bench: Bench): Promise<WorkloadResult>;
}

export function emptyResult(): WorkloadResult {
  return { figures: [], latencies: [], charts: [], findings: [], invalid: [], notes: [] };
}

/** Starts a system of its own, runs `work` with it, and stops it whatever happens. */
export async function withSystem<T>(bench: Bench, options: SystemOptions, work: (system: System) => Promise<T>): Promise<T> {
  const { nodes, dataDir, env, serve } = options;
  const isSpecial = nodes !== undefined || dataDir !== undefined || env !== undefined || serve === false;
  if (bench.system !== undefined && !isSpecial) return work(bench.system);
  const databaseUrl = await bench.makeDatabase?.();
  const starting = startSystem({ code: bench.code, ...(databaseUrl === undefined ? {} : { databaseUrl }), ...options });
  bench.running.add(starting);
  try {
    return await work(await starting);
  } finally {
    bench.running.delete(starting);
    await (await starting.catch(() => null))?.stop();
  }
}

/** The value for the scale of this run. */
export function at<T>(bench: Bench, full: T, quick: T, smoke: T): T {
  return { full, quick, smoke }[bench.scale];
}

/** What the plans of most workloads have in common. */
export function planDefaults(bench: Bench) {
  return {
    pace: 'open',
    arrivals: 'poisson',
    outstanding: 16,
    warmUpSeconds: at(bench, 3, 1, 0.3),
    seconds: at(bench, 10, 3, 1),
    seed: 1,
    textBytes: 'people',
    generators: 1,
  } as const satisfies Partial<LoadPlan>;
}

/** Notes what was not correct; false then, and the workload has no figures of it. */
export function takeOver(result: WorkloadResult, what: string, run: LoadResult): boolean {
  const { verification, invalid } = run;
  result.findings.push(...verification.findings.map((finding) => `${what}: ${sentence(finding)}`));
  result.invalid.push(...invalid.map((reason) => `${what}: ${reason}`));
  const { cpuPercent: cpu, measurement: m } = run;
  const errors = Object.entries(m.errors).map(([code, count]) => `${code} ${count}`);
  const generators = cpu.generators.map((percent) => percent.toFixed(0)).join(' + ');
  const redis = cpu.redis > 0 ? `, Redis ${cpu.redis.toFixed(0)} %` : '';
  result.notes.push(
    `${what}: server ${cpu.server.toFixed(0)} %, Postgres ${cpu.postgres.toFixed(0)} %${redis}, generators ${generators} % of a core; ` +
      `server ${run.serverMiB} MiB; ${errors.length === 0 ? 'no errors' : errors.join(', ')}; ${m.repairs} repairs; ` +
      `verified ${verification.messagesStored} rows and ${verification.readingsChecked} readings`,
  );
  return verification.findings.length === 0;
}

function sentence({ kind, conversationId, detail }: Finding): string {
  return `${kind} in ${conversationId}: ${detail}`;
}

export function perSecond(count: number, seconds: number): number {
  return Math.round(count / seconds);
}

/** Microseconds as milliseconds, with one digit that still says something. */
export function ms(us: number): number {
  return Math.round(us / 10) / 100;
}

export function latencyRow(name: string, { p50, p90, p99, p999, max, count }: Omit<LatencyRow, 'name'>): LatencyRow {
  return { name, p50, p90, p99, p999, max, count };
}
