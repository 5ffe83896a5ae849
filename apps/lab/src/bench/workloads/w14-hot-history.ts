import type { PlannedCall } from '../../load/callers-plan.ts';
import { seeded } from '../../load/random.ts';
import { runCallers } from '../../load/run-callers.ts';
import { fillConversations } from '../../load/seed-standing.ts';
import { seedOneGroup } from '../../load/topology.ts';
import { at, emptyResult, latencyRow, ms, type Workload, withSystem } from '../workload.ts';

/** W-14: a link goes round. */
export const hotHistory: Workload = {
  id: 'W-14',
  title: '5,000 people open the same conversation within a second',
  what: '5,000 connected members of one group ask for its newest 50 of 1,000 messages, all at random moments of one second.',
  run: (bench) =>
    withSystem(bench, {}, async (system) => {
      const result = emptyResult();
      const count = at(bench, 5_000, 2_000, 20);
      const { users, conversations } = await seedOneGroup(system.db, count);
      const conversationId = conversations[0]?.id ?? '';
      await fillConversations(system.db, [conversationId], 1_000);
      await system.db.sql`vacuum analyze`;
      const random = seeded(3);
      const calls = users
        .map((_, user): PlannedCall => {
          const expect = { first: 951, last: 1_000 };
          return { atMs: random() * 1000, user, name: 'open', kind: 'page', input: { conversationId, limit: 50 }, expect };
        })
        .sort((a, b) => a.atMs - b.atMs);
      const port = system.nodes[0]?.port ?? 0;
      const run = await runCallers({ port, users, subscribe: true, warmUpSeconds: 0, seconds: 1, calls });
      result.findings.push(...run.wrong);
      for (const [code, failed] of Object.entries(run.errors)) result.findings.push(`${failed} calls failed with ${code}`);
      result.invalid.push(...run.invalid);
      for (const latency of Object.values(run.latencies)) {
        result.latencies.push(latencyRow('opened', latency));
        result.figures.push({ id: 'p50', name: 'opened, p50', unit: 'ms', value: ms(latency.p50) });
        result.figures.push({ id: 'p99', name: 'opened, p99', unit: 'ms', value: ms(latency.p99) });
      }
      result.figures.push({ id: 'all', name: 'until the last one has it', unit: 'ms', value: Math.round(run.allAnsweredMs) });
      return result;
    }),
};
