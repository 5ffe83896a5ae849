import { runLoad } from '../../load/run-load.ts';
import { seedPairs } from '../../load/topology.ts';
import { at, emptyResult, latencyRow, ms, planDefaults, takeOver, type Workload, withSystem } from '../workload.ts';

/** W-02: fixed rates, far below what it carries. */
export const sendFixed: Workload = {
  id: 'W-02',
  title: '1:1 sends at a fixed rate',
  what: '200 users in 100 pairs, all online; open loop, Poisson arrivals, 200 and 1,000 messages a second.',
  run: (bench) =>
    withSystem(bench, {}, async (system) => {
      const result = emptyResult();
      for (const rate of at(bench, [200, 1_000], [200, 1_000], [40])) {
        const { places, ...topology } = await seedPairs(system.db, at(bench, 200, 200, 10));
        const streams = [{ name: 'direct', rate, places }];
        const plan = { ...planDefaults(bench), ...topology, streams, seconds: at(bench, 20, 4, 1) };
        const run = await runLoad(system, plan);
        if (!takeOver(result, `${rate}/s`, run)) continue;
        const { ack, delivery } = run.measurement;
        result.latencies.push(latencyRow(`${rate}/s: ack`, ack), latencyRow(`${rate}/s: delivery`, delivery));
        result.figures.push({
          id: `delivery-p50-${rate}`,
          name: `delivery p50 at ${rate}/s`,
          unit: 'ms',
          value: ms(delivery.p50),
        });
        result.figures.push({
          id: `delivery-p99-${rate}`,
          name: `delivery p99 at ${rate}/s`,
          unit: 'ms',
          value: ms(delivery.p99),
        });
        result.figures.push({ id: `ack-p99-${rate}`, name: `ack p99 at ${rate}/s`, unit: 'ms', value: ms(ack.p99) });
      }
      return result;
    }),
};
