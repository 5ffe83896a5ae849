import { setTimeout as delay } from 'node:timers/promises';
import { checkUnread } from '../../check/index.ts';
import { clientMessageIds } from '../../load/client-message-id.ts';
import { startCrowd } from '../../load/crowd-process.ts';
import { latencyHistogram } from '../../load/latency.ts';
import type { System } from '../../load/system.ts';
import { seedCrowd } from '../../load/topology.ts';
import { connectWire, WireError } from '../../wire/wire-client.ts';
import { at, type Bench, emptyResult, latencyRow, type Workload, type WorkloadResult, withSystem } from '../workload.ts';

const giveUpMs = 60_000;
const groupSize = 10;

/** W-12: everybody falls at once, and comes back. */
export const storm: Workload = {
  id: 'W-12',
  title: 'Everybody is cut off at once',
  what:
    '2,000, then 10,000 connected people in groups of ten are cut at one moment; in the same moment somebody begins to write one message to every ' +
    'group. Everybody comes back as the engine does (full jitter, doubling from half a second) and resumes from the cursors it has. ' +
    'Caught up is who listens, has had the answer to `sync.resume`, and has the message. Nobody may have to begin anew.',
  async run(bench) {
    const result = emptyResult();
    for (const count of at(bench, [2_000, 10_000], [2_000], [40])) await stormOf(bench, count, result);
    return result;
  },
};

function stormOf(bench: Bench, count: number, result: WorkloadResult): Promise<void> {
  return withSystem(bench, {}, async (system) => {
    const { users, writer, conversations, conversationOfUser } = await seedCrowd(system.db, count, groupSize);
    const port = system.nodes[0]?.port ?? 0;
    const crowd = await startCrowd({ port, users, processes: 2, conversations: conversationOfUser });
    try {
      const { open } = await crowd.connect();
      if (open !== count) result.findings.push(`${open} of ${count} were connected before the storm`);
      await crowd.remember();
      const before = await transactions(system);
      let writing: Promise<number[]> | undefined;
      const { caughtUpMs, connectedMs, coldSyncs, failedAttempts, wrong } = await crowd.storm(giveUpMs, () => {
        writing = write(port, writer.accessToken, conversations);
        // Whoever awaits it hears of it below.
        writing.catch(() => {});
      });
      const ackMs = (await writing) ?? [];
      const perReturn = ((await transactions(system)) - before) / count;
      const lost = caughtUpMs.filter((ms) => ms < 0).length;
      if (lost > 0) result.findings.push(`${lost} of ${count} were not caught up after ${giveUpMs / 1000} s`);
      if (coldSyncs > 0) result.findings.push(`${coldSyncs} of ${count} had to begin anew`);
      result.findings.push(...wrong, ...(await checkUnread(system.db.sql, conversations)).map(({ detail }) => detail));
      const sorted = [...caughtUpMs].sort((a, b) => a - b);
      const seconds = (of: readonly number[], share: number) =>
        Math.round((of[Math.ceil(share * of.length) - 1] ?? 0) / 10) / 100;
      const push = (id: string, name: string, unit: string, value: number) => {
        result.figures.push({ id: `${id}-${count}`, name: `${count.toLocaleString('en')} cut: ${name}`, unit, value });
      };
      push('half', '50 % caught up', 's', seconds(sorted, 0.5));
      push('caught-up', '95 % caught up', 's', seconds(sorted, 0.95));
      push('nearly-all', '99.9 % caught up', 's', seconds(sorted, 0.999));
      push(
        'connected',
        '95 % connected',
        's',
        seconds(
          [...connectedMs].sort((a, b) => a - b),
          0.95,
        ),
      );
      push('failed', 'attempts that were turned away', '', failedAttempts);
      push('transactions', 'database transactions for one return', '', Math.round(perReturn * 10) / 10);
      const acks = latencyHistogram();
      for (const ms of ackMs) acks.record(ms);
      result.latencies.push(latencyRow(`${count.toLocaleString('en')} cut: ack of who writes meanwhile`, acks.summary()));
      const points = sorted.map((ms, i): [number, number] => [Math.round(ms) / 1000, Math.round((1000 * (i + 1)) / count) / 10]);
      const chart = {
        id: `storm-${count}`,
        title: `${count.toLocaleString('en')} cut at once`,
        x: 'seconds after the cut',
        y: '% caught up',
      };
      result.charts.push({ ...chart, lines: [{ name: 'caught up', points }] });
    } finally {
      crowd.end();
    }
  });
}

/** Messages of the writer that are under way at once. */
const writingAtOnce = 8;

/** Says one thing in every conversation. Answers how long each acknowledgement took, in milliseconds. */
async function write(port: number, accessToken: string, conversations: readonly string[]): Promise<number[]> {
  const wire = await connectWire(port, accessToken, { items() {}, answered() {}, closed() {} });
  const { idOf } = clientMessageIds(Date.now(), 1);
  const took: number[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < conversations.length; index = next++) {
      const startedAt = performance.now();
      const content = { type: 'text', text: `while you were away, number ${index}` };
      const input = { conversationId: conversations[index], clientMessageId: idOf(index), content };
      await untilTaken(() => wire.call('mutation', 'messages.send', input));
      took.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: writingAtOnce }, worker));
  wire.close();
  return took;
}

/** Who is told to come later does, with the same id; the waiting counts. */
async function untilTaken(call: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await call();
      return;
    } catch (error) {
      if (!(error instanceof WireError) || error.data?.retryable !== true) throw error;
      await delay(error.data.retryAfterMs ?? 100);
    }
  }
}

async function transactions({ db }: System): Promise<number> {
  const [row] = await db.sql<{ count: number }[]>`
    select (xact_commit + xact_rollback)::bigint as count from pg_stat_database where datname = current_database()`;
  return row?.count ?? 0;
}
