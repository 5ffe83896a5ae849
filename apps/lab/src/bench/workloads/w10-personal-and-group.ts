import { runLoad } from '../../load/run-load.ts';
import { seedPersonalAndGroup } from '../../load/topology.ts';
import { searchMaximum } from '../search.ts';
import { at, emptyResult, latencyRow, perSecond, planDefaults, takeOver, type Workload, withSystem } from '../workload.ts';

/** The knee: above it people would notice. */
const bounds = { ackP99Ms: 200, deliveryP99Ms: 200 };

/** W-10: everybody has one personal conversation and one group of ten. */
export const personalAndGroup: Workload = {
  id: 'W-10',
  title: 'Everybody in one personal conversation and one group of ten',
  what:
    '1,000 users online, each in one direct conversation and one group of 10; texts of 100 bytes; as many sends to the one as to the other ' +
    '(five deliveries a send on average). Raised in steps of 10 % up to the knee: ack and delivery p99 ≤ 200 ms.',
  run: (bench) =>
    withSystem(bench, {}, async (system) => {
      const result = emptyResult();
      const runAt = async (rate: number) => {
        const { personal, group, ...topology } = await seedPersonalAndGroup(system.db, at(bench, 1_000, 1_000, 20), 10);
        const streams = [
          { name: 'personal', rate: rate / 2, places: personal },
          { name: 'group', rate: rate / 2, places: group },
        ];
        return runLoad(system, { ...planDefaults(bench), ...topology, streams, textBytes: 100, generators: 2 });
      };
      const [from, to] = at(bench, [1_000, 16_000], [400, 6_000], [40, 40]);
      const search = await searchMaximum(from, to, runAt, bounds);
      for (const { rate, run, why } of search.tried) {
        if (run.verification.findings.length > 0) takeOver(result, `${rate}/s`, run);
        bench.log(`  ${rate} sends/s: ${why ?? 'carried'}`);
      }
      const best = search.best ?? (bench.scale === 'smoke' ? search.tried[0] : undefined);
      if (best === undefined) {
        result.figures.push({ id: 'deliveries', name: 'deliveries at the knee', unit: '/s', value: 0 });
        return result;
      }
      const { rate, run } = best;
      takeOver(result, `${rate} sends/s, the knee`, run);
      const { seconds } = planDefaults(bench);
      const deliveries = perSecond(run.measurement.deliveredInTime, seconds);
      result.figures.push({ id: 'deliveries', name: 'deliveries at the knee', unit: '/s', value: deliveries });
      result.figures.push({
        id: 'sends',
        name: 'durable sends at the knee',
        unit: '/s',
        value: perSecond(run.measurement.ackedInTime, seconds),
      });
      for (const { name, ack, delivery } of run.measurement.classes) {
        result.latencies.push(latencyRow(`${name}: ack`, ack), latencyRow(`${name}: delivery`, delivery));
      }
      return result;
    }),
};
