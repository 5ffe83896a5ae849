import type { PlannedCall } from '../../load/callers-plan.ts';
import { runCallers } from '../../load/run-callers.ts';
import { seedStanding } from '../../load/seed-standing.ts';
import { at, emptyResult, latencyRow, ms, type Workload, withSystem } from '../workload.ts';

/** W-11: beginning with an empty store, and coming back to a full one. */
export const coldSync: Workload = {
  id: 'W-11',
  title: 'Cold sync and resume',
  what:
    'People with 40, 1,000 and 10,000 conversations begin with an empty store: every page of `sync.snapshot`, one after the other, and the ' +
    'messages of the newest conversation. Then the one with 1,000 comes back with all cursors (`sync.resume` in parts of 500): nothing ' +
    'changed, 1 % changed, everything changed. Times are from the first call to the last answer, over an open socket.',
  run: (bench) =>
    withSystem(bench, {}, async (system) => {
      const result = emptyResult();
      const sizes = at(bench, [40, 1_000, 10_000], [40, 1_000, 3_000], [5, 120]);
      const { users, standing, epoch } = await seedStanding(system.db, sizes);
      await system.db.sql`vacuum analyze`;
      const calls: PlannedCall[] = [];
      let atMs = 0;
      const plan = (call: (atMs: number) => PlannedCall, times: number, everyMs: number) => {
        for (let i = 0; i < times; i++, atMs += everyMs) calls.push(call(atMs));
      };
      for (const [user, size] of sizes.entries()) {
        const [times, everyMs] =
          size >= 10_000 ? [at(bench, 3, 1, 1), 3_000] : size >= 1_000 ? [at(bench, 25, 4, 2), 300] : [at(bench, 200, 30, 3), 20];
        const name = `cold sync of ${size.toLocaleString('en')} conversations`;
        plan((moment) => ({ atMs: moment, user, name, kind: 'coldSync', conversations: size }), times, everyMs);
      }
      const user = at(bench, 1, 1, 1);
      const size = sizes[user] ?? 0;
      const cursors = standing[user] ?? [];
      for (const [what, changed] of [
        ['nothing changed', 0],
        ['1 % changed', Math.ceil(size / 100)],
        ['everything changed', size],
      ] as const) {
        const behind = cursors.map(({ id, change }, i) => ({ id, change: i < changed ? change - 1 : change }));
        const name = `resume of ${size.toLocaleString('en')} conversations, ${what}`;
        const call = { user, name, kind: 'resume', epoch, userChange: 0, cursors: behind, changed } as const;
        plan((moment) => ({ atMs: moment, ...call }), at(bench, 100, 10, 2), changed === size ? 250 : 60);
      }
      const port = system.nodes[0]?.port ?? 0;
      const run = await runCallers({ port, users, subscribe: true, warmUpSeconds: 0, seconds: atMs / 1000, calls });
      result.findings.push(...run.wrong);
      for (const [code, count] of Object.entries(run.errors)) result.findings.push(`${count} calls failed with ${code}`);
      result.invalid.push(...run.invalid);
      for (const [name, latency] of Object.entries(run.latencies)) {
        result.latencies.push(latencyRow(name, latency));
        const id = name.includes('1 % changed') ? 'resume' : name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
        result.figures.push({ id, name: `${name}: p99`, unit: 'ms', value: ms(latency.p99) });
      }
      result.notes.push(`${calls.length} calls, ${(run.bytes / 2 ** 20).toFixed(0)} MiB of answers`);
      return result;
    }),
};
