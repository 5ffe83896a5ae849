import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { StreamItem } from '@nexo/shared';
import { connectWire, loopbackAddress, type WireClient } from '../wire/wire-client.ts';
import type { AudienceCommand, AudienceMessage, AudiencePlan, AudienceReport } from './audience-plan.ts';
import { stampOf } from './audience-plan.ts';
import { serveParent } from './child.ts';
import { latencyHistogram } from './latency.ts';
import { sharedNowMs } from './run-clock.ts';

/** A process of people who listen to one group, and note when they had what, and whether it came in its order. */
interface Member {
  wire: WireClient;
  /** The last change they have; undefined: no member yet. */
  change: number | undefined;
  /** When that came. */
  atMs: number;
  bytesReported: number;
}

const lookEveryMs = 5;
const eventLoop = monitorEventLoopDelay({ resolution: 1 });
eventLoop.enable();

let plan: AudiencePlan | undefined;
const members: Member[] = [];
let heard = emptyReport();

function emptyReport() {
  return { frames: 0, holes: 0, resyncs: 0, delivery: latencyHistogram(), last: new Map<number, [number, number]>() };
}

serveParent<AudienceCommand, AudienceMessage>(async (command, tell) => {
  if (command.type === 'plan') {
    plan = command.plan;
  } else if (command.type === 'connect') {
    const startedAt = performance.now();
    await connectAll();
    tell({ type: 'connected', seconds: (performance.now() - startedAt) / 1000, open: members.length });
  } else if (command.type === 'begin') {
    for (const member of members) member.change = command.change;
  } else if (command.type === 'reach') {
    tell({ type: 'reached', ...(await reach(command.change, command.giveUpMs)) });
  } else {
    tell({ type: 'reported', report: report() });
  }
});

async function connectAll(): Promise<void> {
  const { port, users, from, connectAtOnce } = plan ?? { port: 0, users: [], from: 0, connectAtOnce: 1 };
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < users.length; i = next++) {
      let member: Member | undefined;
      const early: (readonly StreamItem[])[] = [];
      const events = {
        items: (items: readonly StreamItem[]) => (member === undefined ? void early.push(items) : take(member, items)),
        answered() {},
        closed() {},
      };
      const wire = await connectWire(port, users[i]?.accessToken ?? '', events, { localAddress: loopbackAddress(from + i) });
      await wire.subscribe();
      member = { wire, change: undefined, atMs: 0, bytesReported: wire.bytesRead() };
      members.push(member);
      for (const items of early) take(member, items);
    }
  };
  await Promise.all(Array.from({ length: connectAtOnce }, worker));
}

function take(member: Member, items: readonly StreamItem[]): void {
  const now = sharedNowMs();
  heard.frames++;
  for (const item of items) {
    if (item.type === 'me.joined') {
      move(member, Math.max(member.change ?? 0, item.conversation.head.change), now);
    } else if (item.type === 'resync') {
      heard.resyncs++;
      // Whatever comes next is taken for the beginning.
      if (member.change !== undefined) member.change = Number.POSITIVE_INFINITY;
    } else if ('conversationId' in item && 'change' in item && member.change !== undefined) {
      if (item.change <= member.change && member.change !== Number.POSITIVE_INFINITY) continue;
      if (item.change > member.change + 1) heard.holes++;
      move(member, item.change, now);
      if (item.type === 'message.sent') note(item.message, now);
    }
  }
}

function move(member: Member, change: number, now: number): void {
  member.change = change;
  member.atMs = now;
}

function note({ seq, content }: { seq: number; content: { type: string } }, now: number): void {
  const sentMs = 'text' in content && typeof content.text === 'string' ? stampOf(content.text) : null;
  if (sentMs === null) return;
  heard.delivery.record(now - sentMs);
  heard.last.set(seq, [sentMs, now]);
}

async function reach(change: number, giveUpMs: number): Promise<{ atMs: number; late: number }> {
  const until = performance.now() + giveUpMs;
  const behind = () => members.filter((member) => member.change !== undefined && member.change < change);
  while (behind().length > 0 && performance.now() < until) await delay(lookEveryMs);
  return { atMs: Math.max(0, ...members.map((member) => member.atMs)), late: behind().length };
}

function report(): AudienceReport {
  let bytes = 0;
  for (const member of members) {
    const read = member.wire.bytesRead();
    bytes += read - member.bytesReported;
    member.bytesReported = read;
  }
  const { frames, holes, resyncs, delivery, last } = heard;
  heard = emptyReport();
  return {
    members: members.filter((member) => member.change !== undefined).length,
    ...{ bytes, frames, holes, resyncs },
    delivery: delivery.summary(),
    last: [...last].map(([seq, [sentMs, atMs]]) => [seq, sentMs, atMs]),
    eventLoopP99Ms: eventLoop.percentile(99) / 1e6 - 1,
  };
}
