import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SendRecord } from '../check/index.ts';
import { seedAccounts, seedDirect, seedGroup } from '../harness/seed.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { type LoadOptions, readOptions, usage } from './options.ts';
import { hottestFunctions } from './profile.ts';
import { describeProfile, describeRun, describeStep } from './report.ts';
import { runStep, type StepResult } from './run-step.ts';
import { resultsFolder, startSystem } from './system.ts';

/** Each step of `--find-max` asks for this much more. */
const stepFactor = 1.1;

/** Starts everything, plays the load, verifies it, prints and stores the result. Exits 1 when anything was not correct. */
async function main(options: LoadOptions): Promise<number> {
  const runName = `${new Date().toISOString().replaceAll(':', '-').slice(0, 19)}-${options.workload}`;
  const system = await startSystem(options, runName);
  const steps: StepResult[] = [];
  let environment: Environment;
  try {
    environment = await readEnvironment(system.db.sql, system.dataDir);
    console.log(describeRun(options, environment));
    const accounts = await seedAccounts(system.db, options.users);
    const conversations =
      options.workload === 'direct'
        ? await seedDirect(system.server.port, accounts)
        : [await seedGroup(system.db, system.server.port, accounts)];

    const sends: SendRecord[] = [];
    for (let rate = options.rate; ; rate = Math.round(rate * stepFactor)) {
      const step = await runStep(system, { ...options, rate }, accounts, conversations, sends);
      steps.push(step);
      console.log(describeStep(options, step));
      if (!options.findMax || !holds(step)) break;
    }
  } finally {
    await system.stop();
  }

  if (system.profileFolder !== null) console.log(describeProfile(hottestFunctions(system.profileFolder, 30)));
  const correct = steps.every((step) => step.verification.findings.length === 0);
  if (options.findMax && correct) console.log(describeMax(steps));
  const file = join(resultsFolder, `${runName}.json`);
  writeFileSync(file, JSON.stringify({ options, environment, steps: correct ? steps : steps.map(withoutFigures) }, null, 2));
  console.log(`stored in ${file}`);
  return correct ? 0 : 1;
}

/** Whether a step was good enough to try a higher one, as `docs/performance.md` says. */
function holds({ measurement, verification, invalid }: StepResult): boolean {
  const errors = Object.values(measurement.errors).reduce((sum, count) => sum + count, 0);
  return (
    verification.findings.length === 0 &&
    invalid.length === 0 &&
    errors < measurement.intended / 1000 &&
    measurement.ack.p99 <= 50_000 &&
    measurement.delivery.p99 <= 100_000
  );
}

function describeMax(steps: readonly StepResult[]): string {
  const best = steps.findLast(holds);
  if (best === undefined) return 'maximum: none of the steps held';
  return `maximum: ${best.rate}/s (errors under 0.1 %, ack p99 ≤ 50 ms, delivery p99 ≤ 100 ms, generator valid)`;
}

function withoutFigures({ rate, verification }: StepResult) {
  return { rate, verification };
}

try {
  process.exitCode = await main(readOptions(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`\n${usage}`);
  process.exitCode = 1;
}
