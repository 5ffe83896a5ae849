import { runLoad } from '../../load/run-load.ts';
import type { System } from '../../load/system.ts';
import { seedOneGroup } from '../../load/topology.ts';
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
  withSystem,
} from '../workload.ts';

const members = (bench: Bench) => at(bench, 1_000, 1_000, 30);
/** Members that send in the closed loop, each with `closedOutstanding` under way. */
const closedSenders = 50;
const closedOutstanding = 4;

/** W-05: one large conversation, everybody online. */
export const group: Workload = {
  id: 'W-05',
  title: 'One conversation of 1,000 people online',
  what:
    'One group, 1,000 members online, every message durable and delivered to 999. Last receiver at 10 messages a second; then the most ' +
    'deliveries a second: in a closed loop (50 members with 4 sends under way) and in an open one (ack p99 ≤ 50 ms, delivery p99 ≤ 100 ms).',
  run: (bench) =>
    withSystem(bench, {}, async (system) => {
      const result = emptyResult();
      const others = members(bench) - 1;
      const slow = await runGroup(bench, system, 10);
      if (takeOver(result, '10/s', slow)) {
        const { lastReceiver } = slow.measurement;
        result.latencies.push(latencyRow('10/s: last receiver', lastReceiver));
        result.figures.push({ id: 'last-p50', name: 'last receiver p50 at 10/s', unit: 'ms', value: ms(lastReceiver.p50) });
        result.figures.push({ id: 'last-p99', name: 'last receiver p99 at 10/s', unit: 'ms', value: ms(lastReceiver.p99) });
      }
      const closed = await runGroup(bench, system, null);
      if (!takeOver(result, 'closed loop', closed)) return result;
      const flow = perSecond(closed.measurement.deliveredInTime, planDefaults(bench).seconds);
      result.figures.push({ id: 'closed', name: 'deliveries, closed loop', unit: '/s', value: flow });
      bench.log(`  ${flow} deliveries/s closed loop`);

      const top = flow / others;
      const search = await searchMaximum(at(bench, 0.02, 0.15, 0.2) * top, at(bench, 1.05, 0.8, 0.2) * top, (rate) =>
        runGroup(bench, system, rate),
      );
      for (const { rate, run, why } of search.tried) {
        if (run.verification.findings.length > 0) takeOver(result, `${rate}/s`, run);
        bench.log(`  ${rate} messages/s to ${others}: ${why ?? 'carried'}`);
      }
      if (search.best === null) {
        result.figures.push({ id: 'open', name: 'deliveries, open loop', unit: '/s', value: 0 });
        return result;
      }
      const { rate, run } = search.best;
      takeOver(result, `${rate}/s, the highest that was carried`, run);
      const { ack, delivery, lastReceiver, deliveredInTime, framesInTime } = run.measurement;
      const { seconds } = planDefaults(bench);
      result.figures.push({ id: 'open', name: 'deliveries, open loop', unit: '/s', value: perSecond(deliveredInTime, seconds) });
      result.figures.push({ id: 'frames', name: 'frames at that rate', unit: '/s', value: perSecond(framesInTime, seconds) });
      result.latencies.push(latencyRow(`${rate}/s: ack`, ack), latencyRow(`${rate}/s: delivery`, delivery));
      result.latencies.push(latencyRow(`${rate}/s: last receiver`, lastReceiver));
      return result;
    }),
};

async function runGroup(bench: Bench, system: System, rate: number | null) {
  const { places, ...topology } = await seedOneGroup(system.db, members(bench));
  return runLoad(system, {
    ...planDefaults(bench),
    ...topology,
    pace: rate === null ? 'closed' : 'open',
    streams: [{ name: 'group', rate: rate ?? 0, places: rate === null ? places.slice(0, closedSenders) : places }],
    outstanding: rate === null ? closedOutstanding : 16,
    generators: 2,
  });
}
