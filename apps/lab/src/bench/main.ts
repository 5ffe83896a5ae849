import { parseArgs } from 'node:util';
import { readEnvironment } from '../load/environment.ts';
import { describeFigures } from './format.ts';
import { writeReport } from './report.ts';
import { readRuns, type StoredRun, storeRun } from './store.ts';
import { type Bench, emptyResult, type Workload, type WorkloadResult, withSystem } from './workload.ts';
import { workloads } from './workloads.ts';

const usage = `npm run bench -w @nexo/lab -- [options]

  --only A,B        these workloads only: ${workloads.map(({ id }) => id).join(', ')}
  --repeats N       each of them so often (default 1); the report has the median and the range
  --add             the runs join the stored ones of each workload, where the code and the machine are still the same
  --quick           small and short: to see that everything works, in about five minutes
  --history DIR     where the ten million messages of W-13 lie from one run to the next (default: made anew, and removed)
  --report          writes the results of docs/performance.md and its charts from what is stored, without running anything
  --no-report       stores the results only`;

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`\n${usage}`);
  process.exitCode = 1;
}

/** Runs what was asked for, stores it, and writes the report. Answers 1 when anything was not correct. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      repeats: { type: 'string', default: '1' },
      add: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      history: { type: 'string' },
      report: { type: 'boolean', default: false },
      'no-report': { type: 'boolean', default: false },
    },
  });
  const scale = values.quick ? 'quick' : 'full';
  const repeats = Number(values.repeats);
  if (!Number.isInteger(repeats) || repeats < 1) throw new Error(`--repeats is a number from 1 on, not ${values.repeats}`);
  if (values.report) {
    console.log(`written: ${writeReport(workloads, readRuns(scale))}`);
    return 0;
  }
  const only = values.only?.split(',').map((id) => id.trim());
  const unknown = only?.find((id) => workloads.every((workload) => workload.id !== id));
  if (unknown !== undefined) throw new Error(`There is no workload ${unknown}.`);
  const bench: Bench = {
    scale,
    code: 'bundle',
    historyDir: values.history ?? null,
    running: new Set(),
    log: (line) => console.log(line),
  };
  const stopping = stopOnSignal(bench);
  const chosen = workloads.filter(({ id }) => only === undefined || only.includes(id));
  const wrong = await runAll(bench, chosen, { repeats, add: values.add }, stopping);
  // What is quick says nothing about speed; it belongs into no report.
  if (scale === 'full' && !values['no-report']) console.log(`written: ${writeReport(workloads, readRuns(scale))}`);
  return wrong ? 1 : 0;
}

/**
 * Ctrl-C, or being told to end: nothing that was started stays, least of all a Postgres in a group of its own. What runs this program
 * may pass on a signal that has arrived already, so a second one changes nothing.
 */
function stopOnSignal({ running }: Bench): AbortSignal {
  const asked = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (asked.signal.aborted) return;
      asked.abort();
      console.log('stopping; what was finished is stored');
      const stopped = Promise.allSettled([...running].map(async (system) => (await system).stop()));
      void stopped.then(() => process.exit(130));
    });
  }
  return asked.signal;
}

async function runAll(
  bench: Bench,
  chosen: readonly Workload[],
  { repeats, add }: { repeats: number; add: boolean },
  stopping: AbortSignal,
): Promise<boolean> {
  const session = new Date().toISOString().replaceAll(':', '-').slice(0, 19);
  const stored = add ? readRuns(bench.scale) : new Map<string, StoredRun[]>();
  const environment = await withSystem(bench, { serve: false }, ({ db, dataDir }) => readEnvironment(db.sql, dataDir));
  let wrong = false;
  for (let repeat = 1; repeat <= repeats; repeat++) {
    for (const workload of chosen) {
      console.log(`\n${workload.id}: ${workload.title}${repeats > 1 ? ` (${repeat} of ${repeats})` : ''}`);
      const startedAt = performance.now();
      const result = await runOne(bench, workload);
      // It failed because it was stopped: that is no result.
      if (stopping.aborted) return true;
      const seconds = Math.round((performance.now() - startedAt) / 1000);
      wrong ||= result.findings.length > 0;
      const joined = stored.get(workload.id) ?? [];
      const place = { session: joined[0]?.session ?? session, repeat: joined.length + repeat };
      storeRun({ workload: workload.id, scale: bench.scale, ...place, seconds, environment, result });
      for (const finding of result.findings) console.log(`  NOT CORRECT: ${finding}`);
      if (result.findings.length === 0) console.log(describeFigures(result.figures, result.latencies));
      for (const reason of result.invalid) console.log(`  not valid: ${reason}`);
      for (const note of result.notes) console.log(`  ${note}`);
      console.log(`  ${seconds} s`);
    }
  }
  return wrong;
}

/** A workload that fails as a program is a finding too: the others are still worth running. */
async function runOne(bench: Bench, workload: Workload): Promise<WorkloadResult> {
  try {
    return await workload.run(bench);
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { ...emptyResult(), findings: [`it did not come to its end: ${text}`] };
  }
}
