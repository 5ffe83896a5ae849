import { checkUnread } from '../../check/index.ts';
import type { PlannedCall } from '../../load/callers-plan.ts';
import { seeded } from '../../load/random.ts';
import { runCallers } from '../../load/run-callers.ts';
import { fillConversations } from '../../load/seed-standing.ts';
import { seedPairs } from '../../load/topology.ts';
import { at, emptyResult, latencyRow, ms, perSecond, type Workload, withSystem } from '../workload.ts';

/** W-15: everybody reads. */
export const readMarks: Workload = {
  id: 'W-15',
  title: '5,000 read marks a second',
  what:
    '1,000 people online in 500 direct conversations of 400 messages; each mark moves a read position forward, is told to both sides, and is ' +
    'answered with the unread count. Afterwards every unread count is recounted by brute force.',
  run: (bench) =>
    withSystem(bench, {}, async (system) => {
      const result = emptyResult();
      const messages = 400;
      const { users, conversations, places } = await seedPairs(system.db, at(bench, 1_000, 400, 10));
      const ids = conversations.map(({ id }) => id);
      await fillConversations(system.db, ids, messages);
      await system.db.sql`vacuum analyze`;
      const [warmUpSeconds, seconds] = at(bench, [2, 10], [1, 3], [0.2, 1]);
      const rate = at(bench, 5_000, 1_500, 60);
      const random = seeded(2);
      const read = new Map<number, number>();
      const calls = Array.from({ length: rate * (warmUpSeconds + seconds) }, (_, i): PlannedCall => {
        const [user, conversation] = places[i % places.length] ?? [0, 0];
        const seq = Math.min(messages, (read.get(user) ?? 0) + 1 + Math.floor(random() * 5));
        read.set(user, seq);
        return { atMs: (1000 * i) / rate, user, name: 'mark', kind: 'mark', conversationId: ids[conversation] ?? '', seq };
      });
      const port = system.nodes[0]?.port ?? 0;
      const run = await runCallers({ port, users, subscribe: true, warmUpSeconds, seconds, calls });
      result.findings.push(...run.wrong, ...(await checkUnread(system.db.sql, ids)).map(({ detail }) => detail));
      const [wrong] = await system.db.sql<{ count: number }[]>`
        select count(*) as count from members m
        join unnest(${places.map(([user]) => users[user]?.id ?? '')}::text[], ${places.map(([user]) => read.get(user) ?? 0)}::bigint[])
          as t (user_id, seq) on t.user_id = m.user_id
        where m.read_seq <> t.seq`;
      const failed = Object.values(run.errors).reduce((sum, count) => sum + count, 0);
      if (failed === 0 && (wrong?.count ?? 0) > 0)
        result.findings.push(`${wrong?.count} people stand elsewhere than they marked`);
      for (const [code, count] of Object.entries(run.errors)) result.notes.push(`${count} marks were refused with ${code}`);
      result.invalid.push(...run.invalid);
      for (const latency of Object.values(run.latencies)) {
        result.latencies.push(latencyRow(`${rate}/s asked for: mark`, latency));
        result.figures.push({ id: 'p99', name: `mark p99 at ${rate}/s`, unit: 'ms', value: ms(latency.p99) });
      }
      const done = perSecond(run.answeredInTime, seconds);
      result.figures.push({ id: 'rate', name: `marks answered, ${rate}/s asked for`, unit: '/s', value: done });
      result.notes.push(`${failed} of ${calls.length} marks were refused; unread counts of ${places.length} people recounted`);
      return result;
    }),
};
