import { runLoad } from '../../load/run-load.ts';
import { seedHotGroup } from '../../load/topology.ts';
import { at, emptyResult, latencyRow, ms, planDefaults, takeOver, type Workload, withSystem } from '../workload.ts';

/** W-07: one conversation takes many sends while others go on. */
export const hotGroup: Workload = {
  id: 'W-07',
  title: 'A hot group beside everybody else',
  what:
    'A group of 50 takes 0, 50, 200 and 1,000 messages a second; beside it 200 others write in pairs, 500 messages a second in all. ' +
    'What the hot one costs the others is what is looked at.',
  run: (bench) =>
    withSystem(bench, {}, async (system) => {
      const result = emptyResult();
      for (const rate of at(bench, [0, 50, 200, 1_000], [0, 200], [20])) {
        const { hot, background, ...topology } = await seedHotGroup(system.db, at(bench, 50, 50, 6), at(bench, 200, 200, 10));
        const streams = [
          { name: 'hot group', rate, places: hot },
          { name: 'others', rate: at(bench, 500, 500, 30), places: background },
        ];
        const run = await runLoad(system, { ...planDefaults(bench), ...topology, streams });
        if (!takeOver(result, `${rate}/s in the hot group`, run)) continue;
        for (const { name, ack, delivery } of run.measurement.classes) {
          if (ack.count === 0) continue;
          const key = name === 'others' ? 'others' : 'hot';
          result.latencies.push(
            latencyRow(`${rate}/s hot: ${name}, ack`, ack),
            latencyRow(`${rate}/s hot: ${name}, delivery`, delivery),
          );
          const figure = `${key}-ack-p99-${rate}`;
          result.figures.push({
            id: figure,
            name: `${name}: ack p99 with ${rate}/s in the hot group`,
            unit: 'ms',
            value: ms(ack.p99),
          });
        }
      }
      return result;
    }),
};
