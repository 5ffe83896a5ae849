import type { PlannedCall } from '../../load/callers-plan.ts';
import { runCallers } from '../../load/run-callers.ts';
import { fillConversations } from '../../load/seed-standing.ts';
import { seedPairs } from '../../load/topology.ts';
import { at, emptyResult, latencyRow, ms, type Workload, withSystem } from '../workload.ts';

/** A long absence in one busy conversation. */
export const missedMessages: Workload = {
  id: 'missed',
  title: '1,000 missed messages of one conversation',
  what:
    'Somebody who has the first of 1,001 messages asks for the rest: `sync.changes`, which answers with the newest page, and the pages between, ' +
    'asked for at once. Until the last of the 1,000 is there.',
  run: (bench) =>
    withSystem(bench, {}, async (system) => {
      const result = emptyResult();
      const count = at(bench, 1_000, 1_000, 300);
      const { users, conversations, places } = await seedPairs(system.db, at(bench, 40, 20, 2));
      await fillConversations(
        system.db,
        conversations.map(({ id }) => id),
        count + 1,
      );
      await system.db.sql`vacuum analyze`;
      const calls = Array.from({ length: at(bench, 200, 40, 4) }, (_, i): PlannedCall => {
        const [user, conversation] = places[i % places.length] ?? [0, 0];
        const conversationId = conversations[conversation]?.id ?? '';
        return { atMs: i * 100, user, name: 'missed', kind: 'missed', conversationId, since: 1, fromSeq: 2, count };
      });
      const seconds = calls.length / 10;
      const port = system.nodes[0]?.port ?? 0;
      const run = await runCallers({
        port,
        users,
        subscribe: true,
        warmUpSeconds: seconds / 4,
        seconds: (3 * seconds) / 4,
        calls,
      });
      result.findings.push(...run.wrong);
      for (const [code, failed] of Object.entries(run.errors)) result.findings.push(`${failed} calls failed with ${code}`);
      result.invalid.push(...run.invalid);
      for (const latency of Object.values(run.latencies)) {
        const name = `${count.toLocaleString('en')} missed messages`;
        result.latencies.push(latencyRow(name, latency));
        result.figures.push({ id: 'p50', name: `${name}, p50`, unit: 'ms', value: ms(latency.p50) });
        result.figures.push({ id: 'p99', name: `${name}, p99`, unit: 'ms', value: ms(latency.p99) });
      }
      return result;
    }),
};
