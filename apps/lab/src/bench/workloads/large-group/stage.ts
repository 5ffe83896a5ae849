import type { Account } from '../../../harness/seed.ts';
import type { Audience } from '../../../load/audience-process.ts';
import { latencyHistogram } from '../../../load/latency.ts';
import { sharedNowMs } from '../../../load/run-clock.ts';
import type { System } from '../../../load/system.ts';
import { connectWire, type WireClient } from '../../../wire/index.ts';
import { type Bench, latencyRow, ms, type WorkloadResult } from '../../workload.ts';

export interface Size {
  members: number;
  /** Members who are connected while it all happens. */
  online: number;
  /** Whether everybody comes by `groups.invite`, or all but the first and the last by SQL. */
  filledBy: 'batches' | 'SQL';
}

/** A group under measurement, and who is there. */
export interface Stage {
  bench: Bench;
  size: Size;
  result: WorkloadResult;
  system: System;
  port: number;
  accounts: Account[];
  audience: Audience;
  owner: WireClient;
  conversationId: string;
}

export function connect(port: number, account: Account | undefined): Promise<WireClient> {
  return connectWire(port, account?.accessToken ?? '', { items() {}, answered() {}, closed() {} });
}

export function figure(
  { result, size }: Pick<Stage, 'result' | 'size'>,
  id: string,
  name: string,
  unit: string,
  value: number,
): void {
  const of = size.members.toLocaleString('en');
  result.figures.push({ id: `${id}-${size.members}`, name: `${of}: ${name}`, unit, value });
}

/** Does something so often, one after the other, and notes how long each answer took and when the last listener had heard of it. */
export async function measure(
  stage: Stage,
  id: string,
  name: string,
  times: number,
  work: (i: number) => Promise<unknown>,
): Promise<void> {
  const { result, size, audience } = stage;
  const acks = latencyHistogram();
  const heard = latencyHistogram();
  await audience.report();
  for (let i = 0; i < times; i++) {
    const from = sharedNowMs();
    await work(i);
    acks.record(sharedNowMs() - from);
    const { atMs, late } = await audience.reach(await changeOf(stage));
    heard.record(atMs - from);
    if (late > 0) result.findings.push(`${late} members had not heard of “${name}” after half a minute`);
  }
  const { bytes, members } = await takeReport(stage, name);
  const of = size.members.toLocaleString('en');
  result.latencies.push(latencyRow(`${of}: ${name}`, acks.summary()), latencyRow(`${of}: ${name}, heard`, heard.summary()));
  const { p50, p99 } = acks.summary();
  figure(stage, `${id}-p50`, `${name}, p50`, 'ms', ms(p50));
  figure(stage, `${id}-p99`, `${name}, p99`, 'ms', ms(p99));
  figure(stage, `${id}-heard`, `${name}, heard by the last one, p99`, 'ms', ms(heard.summary().p99));
  figure(stage, `${id}-bytes`, `${name}, to each member`, 'B', Math.round(bytes / Math.max(1, members) / times));
}

export async function takeReport({ audience, result }: Stage, name: string) {
  const report = await audience.report();
  if (report.holes > 0) result.findings.push(`${name}: ${report.holes} changes came without the one before them`);
  if (report.resyncs > 0) result.notes.push(`${name}: ${report.resyncs} listeners were told to begin anew`);
  if (report.eventLoopP99Ms > 10) {
    result.invalid.push(`${name}: a listener's event loop p99 ${report.eventLoopP99Ms.toFixed(1)} ms is above 10 ms`);
  }
  return report;
}

export async function changeOf({ system, conversationId }: Stage): Promise<number> {
  const [head] = await system.db.sql<{ change: number }[]>`
    select change from heads where conversation_id = ${conversationId}`;
  return head?.change ?? 0;
}
