import { runLoad } from '../../load/run-load.ts';
import { seedPairs } from '../../load/topology.ts';
import { at, emptyResult, latencyRow, ms, planDefaults, takeOver, type Workload, withSystem } from '../workload.ts';

/** W-18: Redis is gone for a minute. */
export const redisDown: Workload = {
  id: 'W-18',
  title: 'Redis stopped for a minute',
  what:
    'Two nodes and Redis; 1,000 messages a second in pairs whose two sides are on different nodes. Redis is killed, stays away for a minute, ' +
    'and comes back empty. Nothing may be lost, doubled or out of order, and sends must go on.',
  run: (bench) =>
    withSystem(bench, { nodes: 2, redis: true }, async (system) => {
      const result = emptyResult();
      const { places, ...topology } = await seedPairs(system.db, at(bench, 200, 200, 10));
      const [before, away, after] = at(bench, [10, 60, 15], [3, 6, 4], [1, 1, 1]);
      const run = await runLoad(
        system,
        {
          ...planDefaults(bench),
          ...topology,
          streams: [{ name: 'direct', rate: at(bench, 1_000, 500, 40), places }],
          seconds: before + away + after,
          phases: [
            { name: 'before', fromSeconds: 0 },
            { name: 'without Redis', fromSeconds: before },
            { name: 'after', fromSeconds: before + away },
          ],
        },
        {
          async during(moment) {
            await moment(before);
            await system.redis?.kill();
            await moment(before + away);
            await system.redis?.start();
          },
        },
      );
      if (!takeOver(result, 'with and without Redis', run)) return result;
      for (const { name, ack, delivery } of run.measurement.classes) {
        const phase = name.replace('direct, ', '');
        result.latencies.push(latencyRow(`${phase}: ack`, ack), latencyRow(`${phase}: delivery`, delivery));
        const key = phase.replaceAll(' ', '-');
        result.figures.push({ id: `delivery-p99-${key}`, name: `delivery p99, ${phase}`, unit: 'ms', value: ms(delivery.p99) });
        result.figures.push({ id: `ack-p99-${key}`, name: `ack p99, ${phase}`, unit: 'ms', value: ms(ack.p99) });
      }
      const { series } = run.measurement;
      result.charts.push({
        id: 'redis-down',
        title: `Redis away from second ${before} to ${before + away}`,
        x: 'seconds',
        y: 'slowest of the second, ms',
        lines: [
          { name: 'ack', points: series.map((second, i) => [i, Math.round(second.ackMaxMs)]) },
          { name: 'delivery', points: series.map((second, i) => [i, Math.round(second.deliveryMaxMs)]) },
        ],
      });
      return result;
    }),
};
