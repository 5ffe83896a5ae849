import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PlannedCall } from '../../load/callers-plan.ts';
import { seeded } from '../../load/random.ts';
import { runCallers } from '../../load/run-callers.ts';
import { type HistoryReader, seedHistory } from '../../load/seed-history.ts';
import { at, emptyResult, latencyRow, ms, type Workload, withSystem } from '../workload.ts';

const pageSize = 50;

/** W-13: reading back in ten million messages. */
export const history: Workload = {
  id: 'W-13',
  title: 'History pages in 10,000,000 messages',
  what:
    '20,000 conversations whose sizes follow Zipf (s = 1.1), 10 million messages made by SQL. Open loop of 500 pages a second of 50 messages ' +
    'before a random place of a random message’s conversation, and 100 jumps a second (25 before, 25 from a place on), by 200 people over ' +
    'sockets. Every page is compared: 50 messages, the right ones, in order. Warm: all files of the database were read once, and then come ' +
    'five seconds of the same.',
  run: (bench) => {
    const dataDir = bench.historyDir === null ? {} : { dataDir: bench.historyDir };
    return withSystem(bench, dataDir, async (system) => {
      const result = emptyResult();
      const [messages, conversations] = at(bench, [10_000_000, 20_000], [200_000, 2_000], [3_000, 20]);
      const seededData = await seedHistory(system.db, { messages, conversations, readers: at(bench, 200, 100, 5) }, bench.log);
      const [pages, jumps] = at(bench, [500, 100], [200, 40], [20, 10]);
      const [warmUpSeconds, seconds] = at(bench, [5, 20], [1, 4], [0.3, 1]);
      const calls = planCalls(seededData.readers, pages, jumps, warmUpSeconds + seconds);
      await readOnce(system.dataDir);
      const port = system.nodes[0]?.port ?? 0;
      const users = seededData.readers.map(({ accessToken }) => ({ accessToken }));
      const run = await runCallers({ port, users, subscribe: false, warmUpSeconds, seconds, calls });
      result.findings.push(...run.wrong);
      for (const [code, count] of Object.entries(run.errors)) result.findings.push(`${count} calls failed with ${code}`);
      result.invalid.push(...run.invalid);
      for (const [name, latency] of Object.entries(run.latencies)) {
        result.latencies.push(latencyRow(name, latency));
        result.figures.push({ id: `${name}-p50`, name: `${name} p50`, unit: 'ms', value: ms(latency.p50) });
        result.figures.push({ id: `${name}-p99`, name: `${name} p99`, unit: 'ms', value: ms(latency.p99) });
      }
      result.notes.push(
        `${messages.toLocaleString('en')} messages in ${(seededData.bytes / 2 ** 30).toFixed(1)} GiB of table and indexes`,
      );
      return result;
    });
  },
};

/** Brings a database into the page cache: what is measured is the work of a page, and not the disk of the machine. */
async function readOnce(dataDir: string): Promise<void> {
  const files = readdirSync(join(dataDir, 'cluster', 'base'), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  for (const { parentPath, name } of files) {
    for await (const _ of createReadStream(join(parentPath, name), { highWaterMark: 1 << 20 }));
  }
}

/** Any message is as likely as any other, so long conversations are read more. */
function planCalls(readers: readonly HistoryReader[], pages: number, jumps: number, seconds: number): PlannedCall[] {
  const random = seeded(5);
  const places = readers.flatMap(({ conversations }, user) => conversations.map(({ id, seqs }) => ({ user, id, seqs })));
  const ends: number[] = [];
  let total = 0;
  for (const { seqs } of places) {
    total += seqs;
    ends.push(total);
  }
  const anyPlace = () => {
    const at = random() * total;
    let low = 0;
    for (let high = ends.length - 1; low < high; ) {
      const middle = (low + high) >> 1;
      if ((ends[middle] ?? 0) > at) high = middle;
      else low = middle + 1;
    }
    const { user = 0, id = '', seqs = 1 } = places[low] ?? {};
    return { user, id, seqs, seq: 1 + Math.floor(random() * seqs) };
  };
  const calls: PlannedCall[] = [];
  for (let i = 0; i < pages * seconds; i++) {
    const { user, id, seq } = anyPlace();
    const before = seq + 1;
    const expect = { first: Math.max(1, before - pageSize), last: seq };
    calls.push({
      atMs: (1000 * i) / pages,
      user,
      name: 'page',
      kind: 'page',
      input: { conversationId: id, before, limit: pageSize },
      expect,
    });
  }
  for (let i = 0; i < jumps * seconds; i++) {
    const { user, id, seqs, seq } = anyPlace();
    const expect = { first: Math.max(1, seq - pageSize / 2), last: Math.min(seqs, seq + pageSize / 2 - 1) };
    const input = { conversationId: id, around: seq, limit: pageSize };
    calls.push({ atMs: (1000 * i) / jumps, user, name: 'jump', kind: 'page', input, expect });
  }
  return calls.sort((a, b) => a.atMs - b.atMs);
}
