import { runLoad } from '../../load/run-load.ts';
import { seedOneGroup } from '../../load/topology.ts';
import { at, emptyResult, latencyRow, ms, planDefaults, takeOver, type Workload, withSystem } from '../workload.ts';

/** W-17: one in twenty reads a kilobyte a second. */
export const slowConsumers: Workload = {
  id: 'W-17',
  title: 'Slow readers among 1,000',
  what:
    'The group of W-05 at 100 messages of 1,000 bytes a second, first with quick readers only, then with 50 of the 1,000 reading one ' +
    'kilobyte a second. The others must not notice, and the server must not pay with memory.',
  run: (bench) =>
    withSystem(bench, {}, async (system) => {
      const result = emptyResult();
      const members = at(bench, 1_000, 1_000, 20);
      for (const slowCount of [0, Math.round(members / 20)]) {
        const { places, users, conversations } = await seedOneGroup(system.db, members);
        const slow = users.map((_, user) => user).slice(members - slowCount);
        const isQuick = (user: number) => user < members - slowCount;
        const label = slowCount === 0 ? 'quick readers only' : `${slowCount} slow readers`;
        const run = await runLoad(system, {
          ...planDefaults(bench),
          users,
          // Who is slow is not waited for, and not asked what they read.
          conversations: conversations.map(({ id, members: all }) => ({ id, members: all.filter(isQuick) })),
          streams: [{ name: 'group', rate: at(bench, 100, 50, 40), places: places.filter(([user]) => isQuick(user)) }],
          slow: { users: slow, bytesPerSecond: 1_024 },
          seconds: at(bench, 25, 5, 1),
          textBytes: 1_000,
          generators: 2,
        });
        if (!takeOver(result, label, run)) return result;
        const { lastReceiver, slowClosed } = run.measurement;
        const key = slowCount === 0 ? 'quick' : 'slow';
        result.latencies.push(latencyRow(`${label}: last of the quick receivers`, lastReceiver));
        result.figures.push({
          id: `last-p99-${key}`,
          name: `last quick receiver p99, ${label}`,
          unit: 'ms',
          value: ms(lastReceiver.p99),
        });
        result.figures.push({ id: `memory-${key}`, name: `server memory, ${label}`, unit: 'MiB', value: run.serverMiB });
        if (slowCount > 0) {
          result.figures.push({ id: 'closed', name: 'slow readers that were closed', unit: '', value: slowClosed });
        }
      }
      return result;
    }),
};
