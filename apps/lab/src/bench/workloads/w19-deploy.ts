import { runLoad } from '../../load/run-load.ts';
import { seedPairs } from '../../load/topology.ts';
import { at, emptyResult, latencyRow, ms, planDefaults, takeOver, type Workload, withSystem } from '../workload.ts';

/** W-19: a new version goes out. */
export const deploy: Workload = {
  id: 'W-19',
  title: 'A rolling restart of three nodes',
  what:
    'Three nodes and Redis; 1,000 messages a second in pairs whose two sides are on different nodes. One node after the other is told to ' +
    'stop (SIGTERM), and started again when it is gone. Who is sent away comes back to another one within half a second, reads what was ' +
    'missed, and sends again what had no answer. Nothing may be lost, doubled or out of order.',
  run: (bench) =>
    withSystem(bench, { nodes: at(bench, 3, 3, 2), redis: true }, async (system) => {
      const result = emptyResult();
      const { places, ...topology } = await seedPairs(system.db, at(bench, 200, 200, 12));
      const seconds = at(bench, 40, 18, 5);
      const run = await runLoad(
        system,
        {
          ...planDefaults(bench),
          ...topology,
          streams: [{ name: 'direct', rate: at(bench, 1_000, 500, 40), places }],
          seconds,
          returns: true,
        },
        {
          async during(moment) {
            for (const [index, node] of [...system.nodes].entries()) {
              await moment(1 + (index * (seconds - 2)) / system.nodes.length);
              await node.stop();
              await system.restartNode(index);
            }
          },
        },
      );
      if (!takeOver(result, 'during the restarts', run)) return result;
      const { ack, delivery, returns, series } = run.measurement;
      result.latencies.push(latencyRow('ack', ack), latencyRow('delivery', delivery));
      result.figures.push({ id: 'ack-p99', name: 'ack p99 over all of it', unit: 'ms', value: ms(ack.p99) });
      result.figures.push({ id: 'delivery-p99', name: 'delivery p99 over all of it', unit: 'ms', value: ms(delivery.p99) });
      result.figures.push({ id: 'delivery-max', name: 'slowest delivery', unit: 'ms', value: ms(delivery.max) });
      result.figures.push({ id: 'returns', name: 'sockets that came back', unit: '', value: returns });
      result.charts.push({
        id: 'deploy',
        title: 'Three nodes restarted one after the other',
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
