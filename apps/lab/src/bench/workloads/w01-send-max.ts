import { runNakedPipeline } from '../../baselines/naked-pipeline.ts';
import { type LoadResult, runLoad } from '../../load/run-load.ts';
import type { System } from '../../load/system.ts';
import { seedPairs } from '../../load/topology.ts';
import { searchMaximum } from '../search.ts';
import {
  at,
  type Bench,
  emptyResult,
  latencyRow,
  ms,
  perSecond,
  planDefaults,
  takeOver,
  type Workload,
  type WorkloadResult,
  withSystem,
} from '../workload.ts';

const users = (bench: Bench) => at(bench, 200, 200, 10);

/** W-01: durable 1:1 sends, receivers online. */
export const sendMax: Workload = {
  id: 'W-01',
  title: 'Durable 1:1 sends, as many as it takes',
  what:
    '200 users in 100 pairs, all online. Closed loop: everybody always has 16 (or 1) sends under way, which finds what flows. ' +
    'Open loop: the highest rate of a ladder of 10 % at which ack p99 ≤ 50 ms, delivery p99 ≤ 100 ms and errors stay under 0.1 %; ' +
    'then latencies at a quarter, half and three quarters of the maximum. The naked pipeline is driven by the same generator, right beside it.',
  run: (bench) =>
    withSystem(bench, {}, async (system) => {
      const result = emptyResult();
      for (const outstanding of at(bench, [16, 1], [16, 1], [1])) await measure(bench, system, outstanding, result);
      return result;
    }),
};

async function measure(bench: Bench, system: System, outstanding: number, result: WorkloadResult): Promise<void> {
  const label = `${outstanding} outstanding`;
  const closed = await runPairs(bench, system, outstanding, null);
  if (!takeOver(result, `${label}, closed loop`, closed)) return;
  const flow = perSecond(closed.measurement.ackedInTime, secondsOf(bench));
  result.figures.push({ id: `closed-${outstanding}`, name: `durable sends, ${label}, closed loop`, unit: '/s', value: flow });
  result.latencies.push(latencyRow(`${label}, closed loop at ${flow}/s: ack`, closed.measurement.ack));

  const naked = await runNakedPipeline(system, users(bench), 0, {
    ...planDefaults(bench),
    pace: 'closed',
    outstanding,
    generators: 2,
  });
  if (takeOver(result, `naked pipeline, ${label}`, naked)) {
    const nakedFlow = perSecond(naked.measurement.ackedInTime, secondsOf(bench));
    const percent = Math.round((1000 * flow) / Math.max(1, nakedFlow)) / 10;
    result.figures.push({
      id: `naked-${outstanding}`,
      name: `naked pipeline, ${label}, closed loop`,
      unit: '/s',
      value: nakedFlow,
    });
    result.figures.push({ id: `ratio-${outstanding}`, name: `ours to the naked pipeline, ${label}`, unit: '%', value: percent });
  }
  bench.log(`  ${label}: ${flow}/s closed loop`);
  await searchOpen(bench, system, outstanding, flow, result);
}

async function searchOpen(
  bench: Bench,
  system: System,
  outstanding: number,
  flow: number,
  result: WorkloadResult,
): Promise<void> {
  if (bench.scale === 'smoke') return;
  const label = `${outstanding} outstanding`;
  const from = 0.15 * flow;
  const search = await searchMaximum(from, 1.05 * flow, (rate) => runPairs(bench, system, outstanding, rate));
  for (const { rate, run, why } of search.tried) {
    if (run.verification.findings.length > 0) takeOver(result, `${label} at ${rate}/s`, run);
    result.notes.push(`${label}, open loop at ${rate}/s: ${why ?? 'carried'}`);
    bench.log(`  ${label}, open loop at ${rate}/s: ${why ?? 'carried'}`);
  }
  const maximum = search.best?.rate ?? 0;
  result.figures.push({
    id: `open-${outstanding}`,
    name: `durable sends, ${label}, open loop`,
    unit: '/s',
    value: Math.round(maximum),
  });
  if (outstanding !== 16 || maximum === 0) return;
  for (const share of bench.scale === 'full' ? [25, 50, 75] : [50]) {
    const rate = Math.max(1, Math.round((maximum * share) / 100));
    const run = await runPairs(bench, system, outstanding, rate);
    if (!takeOver(result, `${share} % of the maximum, ${rate}/s`, run)) return;
    const { ack, delivery } = run.measurement;
    result.latencies.push(latencyRow(`${share} % of the maximum (${rate}/s): ack`, ack));
    result.latencies.push(latencyRow(`${share} % of the maximum (${rate}/s): delivery`, delivery));
    if (share !== 50) continue;
    result.figures.push({ id: 'ack-p99-half', name: 'ack p99 at half of the maximum', unit: 'ms', value: ms(ack.p99) });
    result.figures.push({
      id: 'delivery-p99-half',
      name: 'delivery p99 at half of the maximum',
      unit: 'ms',
      value: ms(delivery.p99),
    });
  }
}

function secondsOf(bench: Bench): number {
  return planDefaults(bench).seconds;
}

/** People and pairs of its own for each step. Without a rate: a closed loop. */
async function runPairs(bench: Bench, system: System, outstanding: number, rate: number | null): Promise<LoadResult> {
  const { places, ...topology } = await seedPairs(system.db, users(bench));
  return runLoad(system, {
    ...planDefaults(bench),
    ...topology,
    pace: rate === null ? 'closed' : 'open',
    streams: [{ name: 'direct', rate: rate ?? 0, places }],
    outstanding,
    generators: 2,
  });
}
