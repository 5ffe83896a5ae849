import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { connectWire, loopbackAddress, type WireClient, WireError } from '../wire/wire-client.ts';
import type { CallersCommand, CallersMessage, CallersPlan, PlannedCall } from './callers-plan.ts';
import { answerOf } from './calls.ts';
import { serveParent } from './child.ts';
import { type LatencyHistogram, latencyHistogram } from './latency.ts';
import { makeRunClock, type RunClock } from './run-clock.ts';

/**
 * A process that asks: plays an open loop of calls that were fixed before, each by its user over that user's socket, and looks at
 * every answer. A latency runs from the intended moment.
 */
let plan: CallersPlan | undefined;
let wires: WireClient[] = [];

serveParent<CallersCommand, CallersMessage>(async (command, tell) => {
  if (command.type === 'plan') {
    plan = command.plan;
    wires = await connectAll(plan);
    tell({ type: 'connected' });
  } else if (plan !== undefined) {
    tell(await play(plan, command.atMs));
  }
});

const connectingAtOnce = 50;
const loopResolutionMs = 5;

async function connectAll({ port, users, subscribe }: CallersPlan): Promise<WireClient[]> {
  const list: WireClient[] = [];
  for (let from = 0; from < users.length; from += connectingAtOnce) {
    const some = users.slice(from, from + connectingAtOnce).map(async ({ accessToken }, i) => {
      const events = { items() {}, answered() {}, closed() {} };
      const wire = await connectWire(port, accessToken, events, { localAddress: loopbackAddress(from + i) });
      if (subscribe) await wire.subscribe();
      return wire;
    });
    list.push(...(await Promise.all(some)));
  }
  return list;
}

async function play({ calls, warmUpSeconds, seconds }: CallersPlan, atMs: number): Promise<CallersMessage> {
  const clock = makeRunClock({ warmUpSeconds, seconds });
  const loop = monitorEventLoopDelay({ resolution: loopResolutionMs });
  const histograms = new Map<string, LatencyHistogram>();
  const record = (name: string, ms: number) => {
    const histogram = histograms.get(name) ?? latencyHistogram();
    histograms.set(name, histogram);
    histogram.record(ms);
  };
  const lag = latencyHistogram();
  const errors: Record<string, number> = {};
  const wrong: string[] = [];
  const bytesBefore = bytesRead();
  let answeredInTime = 0;
  const running: Promise<void>[] = [];
  clock.startAt(atMs);

  async function ask(call: PlannedCall): Promise<void> {
    const counts = call.atMs >= clock.warmUpMs;
    if (counts) lag.record(clock.nowMs() - call.atMs);
    try {
      const problem = await answerOf(wires[call.user], call);
      if (problem !== null && wrong.length < 20) wrong.push(problem);
    } catch (error) {
      const code = error instanceof WireError ? (error.data?.code ?? 'CLOSED') : String(error);
      errors[code] = (errors[code] ?? 0) + 1;
      return;
    }
    const nowMs = clock.nowMs();
    if (counts) record(call.name, nowMs - call.atMs);
    if (clock.isMeasured(nowMs)) answeredInTime++;
  }

  let next = 0;
  const startDue = (nowClock: RunClock) => {
    const nowMs = nowClock.nowMs();
    for (let call = calls[next]; call !== undefined && call.atMs <= nowMs; call = calls[++next]) running.push(ask(call));
  };
  let measuring = false;
  while (next < calls.length) {
    if (!measuring && clock.isMeasured(clock.nowMs())) {
      measuring = true;
      loop.enable();
    }
    startDue(clock);
    await delay(1);
  }
  loop.disable();
  await Promise.all(running);
  return {
    type: 'done',
    result: {
      latencies: Object.fromEntries([...histograms].map(([name, histogram]) => [name, histogram.summary()])),
      lag: lag.summary(),
      eventLoopP99Ms: measuring ? Math.max(0, loop.percentile(99) / 1e6 - loopResolutionMs) : 0,
      errors,
      wrong,
      answeredInTime,
      bytes: bytesRead() - bytesBefore,
      allAnsweredMs: clock.nowMs(),
    },
  };
}

function bytesRead(): number {
  return wires.reduce((sum, wire) => sum + wire.bytesRead(), 0);
}
