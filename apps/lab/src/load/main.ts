import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Environment, readEnvironment } from './environment.ts';
import { holds } from './holds.ts';
import { type LoadOptions, readOptions, usage } from './options.ts';
import type { LoadPlan } from './plan.ts';
import { hottestFunctions } from './profile.ts';
import { describeProfile, describeRun, describeStep } from './report.ts';
import { type LoadResult, runLoad } from './run-load.ts';
import { resultsFolder, type System, startSystem } from './system.ts';
import { seedOneGroup, seedPairs } from './topology.ts';

/** Each step of `--find-max` asks for this much more. */
const stepFactor = 1.1;

interface Step {
  rate: number;
  result: LoadResult;
}

/** Starts everything, plays the load, verifies it, prints and stores the result. Exits 1 when anything was not correct. */
async function main(options: LoadOptions): Promise<number> {
  const runName = `${new Date().toISOString().replaceAll(':', '-').slice(0, 19)}-${options.workload}`;
  const profileFolder = options.profile ? join(resultsFolder, `${runName}-profile`) : undefined;
  const system = await startSystem({ pin: options.pin, ...(profileFolder === undefined ? {} : { profileFolder }) });
  const steps: Step[] = [];
  let environment: Environment;
  try {
    environment = await readEnvironment(system.db.sql, system.dataDir);
    console.log(describeRun(options, environment));
    for (let rate = options.rate; ; rate = Math.round(rate * stepFactor)) {
      const plan = await planOf(system, options, rate);
      const result = await runLoad(system, plan, { pinGenerators: options.pin });
      steps.push({ rate, result });
      console.log(describeStep(options, rate, result));
      if (!options.findMax || options.closed || !holds(result)) break;
    }
  } finally {
    await system.stop();
  }

  if (profileFolder !== undefined) console.log(describeProfile(hottestFunctions(profileFolder, 30)));
  const correct = steps.every(({ result }) => result.verification.findings.length === 0);
  if (options.findMax && correct) console.log(describeMax(steps));
  const file = join(resultsFolder, `${runName}.json`);
  writeFileSync(file, JSON.stringify({ options, environment, steps: correct ? steps : steps.map(withoutFigures) }, null, 2));
  console.log(`stored in ${file}`);
  return correct ? 0 : 1;
}

/** People and conversations of its own for each step, so that each is verified by itself. */
async function planOf({ db }: System, options: LoadOptions, rate: number): Promise<LoadPlan> {
  const { seed, arrivals, outstanding, warmUpSeconds, seconds, generators } = options;
  const { users, conversations, places } = await (options.workload === 'direct' ? seedPairs : seedOneGroup)(db, options.users);
  return {
    users,
    conversations,
    streams: [{ name: options.workload, rate, places }],
    pace: options.closed ? 'closed' : 'open',
    arrivals,
    outstanding,
    warmUpSeconds,
    seconds,
    seed,
    textBytes: 'people',
    generators,
  };
}

function describeMax(steps: readonly Step[]): string {
  const best = steps.findLast(({ result }) => holds(result));
  if (best === undefined) return 'maximum: none of the steps held';
  return `maximum: ${best.rate}/s (errors under 0.1 %, ack p99 ≤ 50 ms, delivery p99 ≤ 100 ms, generator valid)`;
}

function withoutFigures({ rate, result }: Step) {
  return { rate, verification: result.verification };
}

try {
  process.exitCode = await main(readOptions(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`\n${usage}`);
  process.exitCode = 1;
}
