import { setTimeout as delay } from 'node:timers/promises';
import type { ListMessagesResult } from '@nexo/shared';
import { newId } from '@nexo/shared';
import { stampedText } from '../../../load/audience-plan.ts';
import { latencyHistogram } from '../../../load/latency.ts';
import { sharedNowMs } from '../../../load/run-clock.ts';
import { at, latencyRow, ms } from '../../workload.ts';
import { changeOf, connect, figure, type Stage, takeReport } from './stage.ts';

/** Members write at a constant rate; then the owner speaks to all. */
export async function writeInIt(stage: Stage): Promise<void> {
  const { bench, size, port, accounts, owner, conversationId } = stage;
  const rate = at(bench, 10, 10, 10);
  const count = rate * at(bench, 20, 4, 1);
  const writers = await Promise.all(accounts.slice(1, 21).map((account) => connect(port, account)));
  const of = size.members.toLocaleString('en');
  await send(stage, 'send', `${rate} messages a second`, count, rate, (i, text) =>
    (writers[i % writers.length] ?? owner).call('mutation', 'messages.send', {
      ...{ conversationId, clientMessageId: newId(), content: { type: 'text', text } },
    }),
  );
  await send(stage, 'all', 'a mention of all', at(bench, 20, 5, 2), 2, (_, text) =>
    owner.call('mutation', 'messages.send', {
      ...{ conversationId, clientMessageId: newId(), content: { type: 'text', text: `${text} @all`, mentionsAll: true } },
    }),
  );
  const [first] = writers;
  const mine = await first?.call<ListMessagesResult>('query', 'messages.list', { conversationId, limit: 50 });
  const own = mine?.items.find((item) => item.senderId === accounts[1]?.id);
  const receipts = latencyHistogram();
  for (let i = 0; own !== undefined && i < at(bench, 20, 5, 1); i++) {
    const from = performance.now();
    await first?.call('query', 'messages.receipts', { conversationId, seq: own.seq });
    receipts.record(performance.now() - from);
  }
  if (own !== undefined) {
    stage.result.latencies.push(latencyRow(`${of}: how many have read a message`, receipts.summary()));
    figure(stage, 'receipts-p99', 'how many have read a message, p99', 'ms', ms(receipts.summary().p99));
  }
  for (const writer of writers) writer.close();
}

/** An open loop: each is due at its moment, whatever became of those before it. */
async function send(
  stage: Stage,
  id: string,
  name: string,
  count: number,
  rate: number,
  call: (i: number, text: string) => Promise<unknown>,
): Promise<void> {
  const { result, size, audience } = stage;
  await audience.report();
  const acks = latencyHistogram();
  const lag = latencyHistogram();
  const startMs = sharedNowMs() + 100;
  const under: Promise<unknown>[] = [];
  for (let i = 0; i < count; i++) {
    const due = startMs + (1000 * i) / rate;
    await delay(Math.max(0, due - sharedNowMs()));
    lag.record(sharedNowMs() - due);
    const acked = () => acks.record(sharedNowMs() - due);
    under.push(call(i, stampedText(due)).then(acked, (error: unknown) => result.findings.push(`${name}: ${String(error)}`)));
  }
  await Promise.all(under);
  const { late } = await audience.reach(await changeOf(stage));
  const { delivery, last, bytes, members } = await takeReport(stage, name);
  if (late > 0 || last.length !== count) result.findings.push(`${name}: ${last.length} of ${count} messages were heard`);
  if (delivery.count !== count * members) {
    result.findings.push(`${name}: ${delivery.count} deliveries of ${count} messages to ${members} members`);
  }
  if (lag.summary().p99 > 5_000) result.invalid.push(`${name}: scheduling lag p99 ${ms(lag.summary().p99)} ms is above 5 ms`);
  const lastReceiver = latencyHistogram();
  for (const [, sentMs, atMs] of last) lastReceiver.record(atMs - sentMs);
  const of = size.members.toLocaleString('en');
  result.latencies.push(latencyRow(`${of}: ${name}, ack`, acks.summary()));
  result.latencies.push(latencyRow(`${of}: ${name}, delivery`, delivery));
  result.latencies.push(latencyRow(`${of}: ${name}, last receiver`, lastReceiver.summary()));
  figure(stage, `${id}-ack-p50`, `${name}, ack p50`, 'ms', ms(acks.summary().p50));
  figure(stage, `${id}-ack-p99`, `${name}, ack p99`, 'ms', ms(acks.summary().p99));
  figure(stage, `${id}-delivery-p50`, `${name}, delivery p50`, 'ms', ms(delivery.p50));
  figure(stage, `${id}-delivery-p99`, `${name}, delivery p99`, 'ms', ms(delivery.p99));
  figure(stage, `${id}-last-p99`, `${name}, last receiver p99`, 'ms', ms(lastReceiver.summary().p99));
  figure(stage, `${id}-bytes`, `${name}, to each member`, 'B', Math.round(bytes / Math.max(1, members) / count));
}

/** Many read what was said, all within a second. */
export async function readIt(stage: Stage): Promise<void> {
  const { bench, size, port, accounts, system, conversationId, result } = stage;
  const readers = Math.min(at(bench, 200, 100, 5), size.online);
  const wires = await Promise.all(accounts.slice(1, 1 + readers).map((account) => connect(port, account)));
  const [head] = await system.db.sql<{ seq: number }[]>`select seq from heads where conversation_id = ${conversationId}`;
  const marks = latencyHistogram();
  await stage.audience.report();
  const startMs = sharedNowMs() + 100;
  await Promise.all(
    wires.map(async (wire, i) => {
      const due = startMs + (1000 * i) / readers;
      await delay(Math.max(0, due - sharedNowMs()));
      const { unread } = await wire.call<{ unread: number }>('mutation', 'conversations.markRead', {
        conversationId,
        seq: head?.seq,
      });
      marks.record(sharedNowMs() - due);
      if (unread !== 0) result.findings.push(`who has read everything has ${unread} unread`);
    }),
  );
  await delay(200);
  const { bytes } = await takeReport(stage, 'read marks');
  const of = size.members.toLocaleString('en');
  result.latencies.push(latencyRow(`${of}: ${readers} read marks within a second`, marks.summary()));
  figure(stage, 'read-p99', `${readers} read marks within a second, p99`, 'ms', ms(marks.summary().p99));
  figure(stage, 'read-bytes', 'a read mark, to all listeners together', 'B', Math.round(bytes / readers));
  for (const wire of wires) wire.close();
}
