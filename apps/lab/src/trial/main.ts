import { rmSync } from 'node:fs';
import { faultNames, faults } from '../faults/table.ts';
import { readOptions, usage } from './options.ts';
import { describeTrial, describeViolation, isGood } from './report.ts';
import { runTrial } from './run-trial.ts';

const stopped = signalled();

async function main(args: string[]): Promise<number> {
  const options = readOptions(args);
  if (options.list) {
    for (const name of faultNames) console.log(`${name.padEnd(28)}${faults[name].summary}`);
    return 0;
  }
  console.log(
    `seed ${options.seed}: ${options.people} people on ${options.nodes} nodes for ${options.minutes} min, ${options.rate} messages/s, faults: ${options.faults.join(', ') || 'none'}`,
  );
  const result = await runTrial({
    ...options,
    durationMs: options.minutes * 60_000,
    code: 'bundle',
    log: (line) => console.log(line),
    stopped,
  });
  const { verdict, historyFolder, beganAt } = result;
  for (const violation of verdict.violations) console.log(`\n${describeViolation(violation, beganAt)}`);
  console.log(`\n${describeTrial(result)}`);
  if (isGood(result) && !options.keep) rmSync(historyFolder, { recursive: true, force: true });
  else console.log(`the history is in ${historyFolder}`);
  return isGood(result) ? 0 : 1;
}

/** Ctrl-C must not leave a Postgres behind. */
function signalled(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => controller.abort(new Error(`Stopped by ${name}.`)));
  }
  return controller.signal;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? (error.stack ?? error.message) : error);
  console.error(`\n${usage}`);
  process.exitCode = 1;
}
// A fault may be under way still when a trial was stopped, and would start again what is stopped. And Node 20 may stay for ever in
// closing what is left of reset sockets, where it ends by itself.
process.exit();
