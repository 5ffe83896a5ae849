import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { serialize } from 'node:v8';
import type { MessageView, NexoErrorData, SendMessageResult } from '@nexo/shared';
import { makeReader, type Reader } from '../wire/reader.ts';
import { connectWire, preparedFrom, type WireClient } from '../wire/wire-client.ts';
import { clientMessageIds } from './client-message-id.ts';
import { latencyHistogram } from './latency.ts';
import { conversationOf, type GeneratorMessage, type Measurement, outcomes, type Plan, type Recording } from './plan.ts';
import { makeSchedule, textOf } from './schedule.ts';

/**
 * The generator process: plays every user of a plan. Sends follow the schedule whatever the system does (open loop); each
 * latency runs from the moment a send was *intended*, so that a system that stalls cannot hide the waiting of what queued up
 * behind the stall (coordinated omission). One clock stamps both ends, because senders and receivers live in this process.
 */

/** A send without an answer for this long has failed, and counts as a sample of this length. */
const timeoutMs = 30_000;
/** Sockets that are being opened at once. */
const connecting = 25;
const loopResolutionMs = 5;

interface Player {
  wire: WireClient;
  reader: Reader;
  outstanding: number;
  /** Sends that wait for an answer to an earlier one, by number; bounded by the schedule. */
  waiting: number[];
  /** The beginning of the JSON of every send, up to the clientMessageId. */
  sendHead: string;
}

process.once('message', (plan: Plan) => {
  run(plan).then(
    () => process.disconnect(),
    (error: unknown) => {
      tell({ type: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      process.disconnect();
    },
  );
});

function tell(message: GeneratorMessage): void {
  process.send?.(message);
}

async function run(plan: Plan): Promise<void> {
  const { options } = plan;
  const warmUpMs = options.warmUpSeconds * 1000;
  const endMs = warmUpMs + options.seconds * 1000;
  const schedule = makeSchedule({ ...options, users: plan.users.length, seconds: endMs / 1000 });
  const { count, atMs, senders, textBytes } = schedule;
  const ids = clientMessageIds(plan.startedAt, options.seed);

  const outcome = new Uint8Array(count);
  const answered = new Uint8Array(count);
  const ackedSeq = new Uint32Array(count);
  const receivers = new Uint16Array(count);
  const lastReceivedMs = new Float64Array(count);
  const ack = latencyHistogram();
  const delivery = latencyHistogram();
  const lag = latencyHistogram();
  const errors: Record<string, number> = {};
  const series = Array.from({ length: Math.ceil((endMs + timeoutMs) / 1000) + 1 }, () => ({
    acked: 0,
    delivered: 0,
    ackMaxMs: 0,
  }));
  let ackedInTime = 0;
  let deliveredInTime = 0;
  let framesInTime = 0;
  let unanswered = count;
  let waited = 0;
  /** The number of the next send. */
  let next = 0;
  let startMs = Number.POSITIVE_INFINITY;

  const players: Player[] = [];
  const connectedFrom = performance.now();
  for (let from = 0; from < plan.users.length; from += connecting) {
    const indexes = Array.from({ length: Math.min(connecting, plan.users.length - from) }, (_, i) => from + i);
    players.push(...(await Promise.all(indexes.map(connect))));
  }
  tell({ type: 'connected', sockets: players.length, seconds: (performance.now() - connectedFrom) / 1000 });

  const loop = monitorEventLoopDelay({ resolution: loopResolutionMs });
  startMs = performance.now() + 50;
  let bytesAtStart = 0;
  let bytesAtEnd = 0;
  let measuring = false;
  await playSchedule();
  await drain();
  const repairs = players.reduce((sum, player) => sum + player.reader.repairs, 0);
  await Promise.all(players.map((player) => player.reader.finish()));
  const measurement = summarise(repairs);
  writeRecording();
  for (const player of players) player.wire.close();
  tell({ type: 'drained', measurement });

  async function connect(user: number): Promise<Player> {
    const account = plan.users[user];
    const conversationId = plan.conversations[conversationOf(plan, user)];
    if (account === undefined || conversationId === undefined) throw new Error(`The plan has no user ${user}.`);
    const reader = makeReader(conversationId, (message, now) => received(user, message, now));
    const wire = await connectWire(plan.port, account.accessToken, {
      items(items) {
        if (measuring) framesInTime++;
        for (const item of items) reader.take(item);
        startDue();
      },
      answered: settle,
      closed: (code) => closed(user, code),
    });
    await wire.subscribe();
    await reader.begin(wire);
    const input = `{"conversationId":"${conversationId}","clientMessageId":"`;
    return {
      wire,
      reader,
      outstanding: 0,
      waiting: [],
      sendHead: `,"method":"mutation","params":{"path":"messages.send","input":${input}`,
    };
  }

  /**
   * Takes up every send whose moment has come. Timers are coarse, and come late behind a thousand sockets with something to read,
   * so it is also asked after every frame.
   */
  function startDue(): void {
    const nowMs = performance.now() - startMs;
    for (; next < count && (atMs[next] ?? 0) <= nowMs; next++) {
      if ((atMs[next] ?? 0) >= warmUpMs) lag.record(nowMs - (atMs[next] ?? 0));
      start(next);
    }
  }

  function playSchedule(): Promise<void> {
    return new Promise((resolve) => {
      const turn = () => {
        const nowMs = performance.now() - startMs;
        if (!measuring && nowMs >= warmUpMs && nowMs < endMs) {
          measuring = true;
          bytesAtStart = bytesRead(players);
          loop.enable();
          tell({ type: 'measuring' });
        }
        startDue();
        if (nowMs < endMs) {
          setTimeout(turn, 1);
          return;
        }
        measuring = false;
        bytesAtEnd = bytesRead(players);
        loop.disable();
        tell({ type: 'measured' });
        resolve();
      };
      turn();
    });
  }

  function start(index: number): void {
    const player = players[senders[index] ?? 0];
    if (player === undefined) return;
    if (player.outstanding < options.outstanding) {
      send(player, index);
    } else {
      waited++;
      player.waiting.push(index);
    }
  }

  function send(player: Player, index: number): void {
    player.outstanding++;
    const text = textOf(index, textBytes[index] ?? 0);
    const id = preparedFrom + index;
    player.wire.send(`{"id":${id}${player.sendHead}${ids.idOf(index)}","content":{"type":"text","text":"${text}"}}}}`);
  }

  function settle(id: number, result: unknown, error: NexoErrorData | undefined): void {
    const index = id - preparedFrom;
    const sender = senders[index] ?? 0;
    const nowMs = performance.now() - startMs;
    const player = players[sender];
    if (player !== undefined) {
      player.outstanding--;
      const waiting = player.waiting.shift();
      if (waiting !== undefined) send(player, waiting);
    }
    if (answered[index] === 1) return;
    answered[index] = 1;
    unanswered--;
    const intendedMs = atMs[index] ?? 0;
    if (error !== undefined) {
      // The outcome of these two is not known to the one who asked: it may have been committed.
      outcome[index] = error.code === 'UNAVAILABLE' || error.code === 'INTERNAL' ? outcomes.unknown : outcomes.refused;
      if (intendedMs >= warmUpMs) errors[error.code] = (errors[error.code] ?? 0) + 1;
      return;
    }
    outcome[index] = outcomes.acked;
    ackedSeq[index] = (result as SendMessageResult).message.seq;
    if (intendedMs >= warmUpMs) ack.record(nowMs - intendedMs);
    if (nowMs >= warmUpMs && nowMs < endMs) ackedInTime++;
    const second = series[Math.floor(nowMs / 1000)];
    if (second !== undefined) {
      second.acked++;
      second.ackMaxMs = Math.max(second.ackMaxMs, nowMs - intendedMs);
    }
  }

  function received(user: number, message: MessageView, now: number): void {
    const index = ids.indexOf(message.clientMessageId);
    if (index < 0 || senders[index] === user) return;
    const nowMs = now - startMs;
    const intendedMs = atMs[index] ?? 0;
    receivers[index] = (receivers[index] ?? 0) + 1;
    lastReceivedMs[index] = nowMs;
    if (intendedMs >= warmUpMs) delivery.record(nowMs - intendedMs);
    if (nowMs >= warmUpMs && nowMs < endMs) deliveredInTime++;
    const second = series[Math.floor(nowMs / 1000)];
    if (second !== undefined) second.delivered++;
  }

  function closed(user: number, code: number): void {
    errors[`CLOSED_${code}`] = (errors[`CLOSED_${code}`] ?? 0) + 1;
    const player = players[user];
    if (player !== undefined) player.outstanding = options.outstanding;
  }

  /** Until every send has its answer and every receiver its message, or the time for it is over. */
  async function drain(): Promise<void> {
    const giveUpMs = endMs + timeoutMs;
    while (performance.now() - startMs < giveUpMs && (unanswered > 0 || undelivered() > 0)) await delay(20);
    for (let index = 0; index < count; index++) {
      if (answered[index] === 1 || (atMs[index] ?? 0) < warmUpMs) continue;
      errors.TIMEOUT = (errors.TIMEOUT ?? 0) + 1;
      ack.record(timeoutMs);
    }
  }

  function undelivered(): number {
    const perMessage = options.workload === 'direct' ? 1 : players.length - 1;
    let missing = 0;
    for (let index = 0; index < count; index++) {
      if (outcome[index] === outcomes.acked && (receivers[index] ?? 0) < perMessage) missing++;
    }
    return missing;
  }

  function summarise(repairs: number): Measurement {
    const lastReceiver = latencyHistogram();
    let intended = 0;
    let acked = 0;
    for (let index = 0; index < count; index++) {
      if ((atMs[index] ?? 0) < warmUpMs) continue;
      intended++;
      if (outcome[index] !== outcomes.acked) continue;
      acked++;
      lastReceiver.record((lastReceivedMs[index] ?? 0) - (atMs[index] ?? 0));
    }
    const used = series.findLastIndex((second) => second.acked + second.delivered > 0);
    return {
      intended,
      acked,
      ackedInTime,
      deliveredInTime,
      framesInTime,
      bytesInTime: bytesAtEnd - bytesAtStart,
      errors,
      ack: ack.summary(),
      delivery: delivery.summary(),
      lastReceiver: lastReceiver.summary(),
      lag: lag.summary(),
      eventLoopP99Ms: Math.max(0, loop.percentile(99) / 1e6 - loopResolutionMs),
      waited,
      repairs,
      series: series.slice(0, used + 1),
    };
  }

  function writeRecording(): void {
    const recording: Recording = {
      outcome,
      ackedSeq,
      readings: players.map(({ reader }, user) => ({
        user,
        fromSeq: reader.fromSeq,
        seqs: Uint32Array.from(reader.seqs),
        indexes: Int32Array.from(reader.clientMessageIds, (id) => ids.indexOf(id)),
      })),
    };
    writeFileSync(plan.recordingFile, serialize(recording));
  }
}

function bytesRead(players: readonly Player[]): number {
  return players.reduce((sum, player) => sum + player.wire.bytesRead(), 0);
}
