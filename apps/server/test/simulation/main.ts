import { parseArgs } from 'node:util';
import { openFleet } from './fleet.ts';
import { makePlan, type Plan } from './plan.ts';

// `npm run simulate -w @nexo/server -- --schedules 100000 --from-seed 1` plays more stories than the tests do; with
// `-- --seed 17` one, printing everything that happens in it.

/** Lines of the shortest story that are worth reading; the rest are timers and looks for doorbells. */
const uninteresting = /: (timer|client timer|immediate|tail|tail answered|disk read|disk write|down ping|up pong)$/;
const lineMaxChars = 220;

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '10000' },
    'from-seed': { type: 'string', default: '1' },
    failures: { type: 'string', default: '1' },
    seed: { type: 'string' },
  },
});

const print = (line: string) => process.stdout.write(`${line}\n`);

const fleet = await openFleet();
try {
  if (values.seed === undefined) await many();
  else await tell(makePlan(Number(values.seed)), false);
} finally {
  await fleet.close();
}

async function many(): Promise<void> {
  const startedAt = performance.now();
  const [from, count] = [Number(values['from-seed']), Number(values.schedules)];
  const { failures, stories, steps, storyMs } = await fleet.run({ from, count, failuresMax: Number(values.failures) });
  const seconds = (performance.now() - startedAt) / 1_000;
  print(
    `${stories} schedules, ${Math.round(steps / stories)} steps each, ${(storyMs / 3_600_000).toFixed(1)} hours of their time, ` +
      `${seconds.toFixed(1)} s (${Math.round(stories / seconds)} a second): ${failures.length} failed`,
  );
  for (const { seed, message } of failures) print(`\nseed ${seed}: ${message}`);
  const [first] = failures;
  if (first === undefined) return;
  process.exitCode = 1;
  const { plan } = await fleet.shrink(makePlan(first.seed));
  print(`\nThe shortest story of seed ${first.seed} that was found:\n`);
  await tell(plan, true);
  print(`\nTo keep it, add to test/simulation/regressions.ts:\n\n  { title: '…', plan: ${JSON.stringify(plan)} },`);
}

async function tell(plan: Plan, isShort: boolean): Promise<void> {
  const { failure, steps, trace } = await fleet.play(plan, true);
  for (const line of trace) {
    if (!isShort) print(line);
    else if (!uninteresting.test(line)) print(line.length > lineMaxChars ? `${line.slice(0, lineMaxChars)}…` : line);
  }
  print(`\n${steps} steps: ${failure ?? 'all is well'}`);
}
