import { fork } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { deserialize } from 'node:v8';
import type { SendRecord } from '../check/index.ts';
import type { Account } from '../harness/seed.ts';
import type { LoadOptions } from './options.ts';
import type { GeneratorMessage, Measurement, Plan, Recording } from './plan.ts';
import { cpuSeconds, pinToCore, residentMiB } from './processes.ts';
import { resultsFolder, type System } from './system.ts';
import { type Verification, verify } from './verify.ts';

export interface StepResult {
  rate: number;
  measurement: Measurement;
  verification: Verification;
  /** Percent of one core during the measured time. */
  cpuPercent: { server: number; postgres: number; generator: number };
  /** Of the server, at the end. */
  serverMiB: number;
  /** Why the generator's own figures cannot be trusted; empty when they can. */
  invalid: string[];
}

interface CpuSample {
  atMs: number;
  server: number;
  postgres: number;
  generator: number;
}

/** Runs one rate for the asked time in a generator process of its own, then verifies everything that it did. */
export async function runStep(
  system: System,
  options: LoadOptions,
  accounts: readonly Account[],
  conversations: readonly string[],
  earlierSends: SendRecord[],
): Promise<StepResult> {
  const recordingFile = join(resultsFolder, `recording-${process.pid}`);
  const plan: Plan = { port: system.server.port, options, users: accounts, conversations, startedAt: Date.now(), recordingFile };
  const samples: CpuSample[] = [];
  try {
    const measurement = await playPlan(system, plan, samples);
    const recording = deserialize(readFileSync(recordingFile)) as Recording;
    const verification = await verify(system.db, plan, recording, earlierSends);
    const cpuPercent = cpuBetween(samples);
    const serverMiB = Math.round(residentMiB(system.server.pid));
    return {
      rate: options.rate,
      measurement,
      verification,
      cpuPercent,
      serverMiB,
      invalid: whyInvalid(measurement, cpuPercent.generator),
    };
  } finally {
    rmSync(recordingFile, { force: true });
  }
}

function playPlan(system: System, plan: Plan, samples: CpuSample[]): Promise<Measurement> {
  return new Promise((resolve, reject) => {
    const generator = fork(new URL('./generator.ts', import.meta.url), { stdio: 'inherit' });
    const { pid } = generator;
    if (pid === undefined) return reject(new Error('The generator process could not be started.'));
    if (plan.options.pin) pinToCore(pid, cpus().length - 1);
    const sample = () =>
      samples.push({
        atMs: performance.now(),
        server: cpuSeconds(system.server.pid),
        postgres: cpuSeconds(system.postgresPid, true),
        generator: cpuSeconds(pid),
      });
    let measurement: Measurement | undefined;
    generator.on('message', (message: GeneratorMessage) => {
      if (message.type === 'measuring' || message.type === 'measured') sample();
      else if (message.type === 'drained') measurement = message.measurement;
      else if (message.type === 'failed') reject(new Error(`The generator failed: ${message.message}`));
      else process.stderr.write(`  ${message.sockets} sockets connected in ${message.seconds.toFixed(1)} s\n`);
    });
    generator.once('exit', (code) => {
      if (measurement !== undefined) resolve(measurement);
      else reject(new Error(`The generator ended with ${code}. The server said:\n${system.server.output()}`));
    });
    generator.send(plan);
  });
}

function cpuBetween([from, to]: CpuSample[]): StepResult['cpuPercent'] {
  if (from === undefined || to === undefined) return { server: 0, postgres: 0, generator: 0 };
  const percent = (name: 'server' | 'postgres' | 'generator') => (100_000 * (to[name] - from[name])) / (to.atMs - from.atMs);
  return { server: percent('server'), postgres: percent('postgres'), generator: percent('generator') };
}

/** A generator that was itself late measures its own lateness: the run says so. */
function whyInvalid(measurement: Measurement, generatorPercent: number): string[] {
  const reasons: string[] = [];
  if (measurement.lag.p99 > 5_000) reasons.push(`scheduling lag p99 ${(measurement.lag.p99 / 1000).toFixed(1)} ms is above 5 ms`);
  if (generatorPercent > 70) reasons.push(`the generator used ${generatorPercent.toFixed(0)} % of its core, above 70 %`);
  if (measurement.eventLoopP99Ms > 10)
    reasons.push(`the generator's event loop p99 ${measurement.eventLoopP99Ms.toFixed(1)} ms is above 10 ms`);
  return reasons;
}
