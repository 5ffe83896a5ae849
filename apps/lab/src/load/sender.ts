import { preparedFrom } from '../wire/wire-client.ts';
import type { clientMessageIds } from './client-message-id.ts';
import type { LoadPlan } from './plan.ts';
import type { Player } from './players.ts';
import { type Recorder, recordTakenUp } from './recorder.ts';
import { textOf } from './schedule.ts';

export interface Sender {
  /** Takes up every send whose moment has come. */
  startDue(): void;
  /** When the next one is due, in milliseconds of the run; infinite in a closed loop, where an answer makes the next. */
  nextDueMs(): number;
  /** A request of the user has its answer: the next of that user's sends may go, in a closed loop after `waitMs`. */
  release(user: number, index: number, waitMs: number): void;
  /** Sends again, after `waitMs`, what was answered with "not now". */
  again(user: number, index: number, waitMs: number): void;
  /** Sends again what a lost socket left without an answer, in the order of sending. */
  resendAll(player: Player): void;
}

interface SenderParts {
  plan: LoadPlan;
  recorder: Recorder;
  /** By index of the user; undefined for those that other processes play. */
  players: readonly (Player | undefined)[];
  ids: ReturnType<typeof clientMessageIds>;
}

/**
 * Sends the messages of the schedule, each as its user. In an open loop a user with `outstanding` requests unanswered holds the
 * next one back, as a person's app would, and its latency runs meanwhile; in a closed loop an answer makes the next send.
 */
export function makeSender({ plan, recorder, players, ids }: SenderParts): Sender {
  const { clock, schedule } = recorder;
  const { atMs, count, senders, textBytes } = schedule;
  const sendHeads = plan.conversations.map(({ id }) => {
    const input = `{"conversationId":"${id}","clientMessageId":"`;
    return `,"method":"mutation","params":{"path":"messages.send","input":${input}`;
  });
  return plan.pace === 'open' ? openSender() : closedSender();

  function openSender(): Sender {
    /** The number of the next send. */
    let next = 0;
    return {
      startDue() {
        const nowMs = clock.nowMs();
        for (; next < count && (atMs[next] ?? 0) <= nowMs; next++) {
          const player = players[senders[next] ?? 0];
          if (player === undefined) continue;
          recordTakenUp(recorder, next, nowMs);
          if (player.unanswered.size < plan.outstanding) {
            send(player, next);
          } else {
            recorder.waited++;
            player.waiting.push(next);
          }
        }
      },
      nextDueMs: () => (next < count ? (atMs[next] ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY),
      release(user, index) {
        const player = players[user];
        if (player === undefined) return;
        player.unanswered.delete(index);
        const waiting = player.waiting.shift();
        if (waiting !== undefined) send(player, waiting);
      },
      again,
      resendAll,
    };
  }

  function closedSender(): Sender {
    const placeCount = plan.streams[0]?.places.length ?? 0;
    /** Sends of each place so far: numbers ascend in the order of sending, whichever answer came first. */
    const sent = new Uint32Array(placeCount);
    const beginAt = (place: number) => {
      const n = sent[place] ?? 0;
      sent[place] = n + 1;
      if (clock.nowMs() < clock.endMs) begin(n * placeCount + place);
    };
    let started = false;
    return {
      startDue() {
        if (started || clock.nowMs() < 0) return;
        started = true;
        for (let i = 0; i < placeCount * plan.outstanding; i++) beginAt(i % placeCount);
      },
      nextDueMs: () => Number.POSITIVE_INFINITY,
      release(user, index, waitMs) {
        players[user]?.unanswered.delete(index);
        const place = index % placeCount;
        // Who is told to come later does, as an app would.
        if (waitMs > 0) setTimeout(() => beginAt(place), waitMs);
        else beginAt(place);
      },
      again,
      resendAll,
    };
  }

  function begin(index: number): void {
    const player = players[senders[index] ?? 0];
    if (player === undefined || index >= count) return;
    const nowMs = clock.nowMs();
    atMs[index] = nowMs;
    recordTakenUp(recorder, index, nowMs);
    send(player, index);
  }

  function again(user: number, index: number, waitMs: number): void {
    setTimeout(() => {
      const player = players[user];
      if (player?.unanswered.has(index)) write(player, index);
    }, waitMs);
  }

  function resendAll(player: Player): void {
    for (const index of player.unanswered) write(player, index);
  }

  function send(player: Player, index: number): void {
    player.unanswered.add(index);
    write(player, index);
  }

  /** The JSON is put together by hand: at thousands a second, serialising the same object each time would be the main cost. */
  function write(player: Player, index: number): void {
    const text = textOf(index, textBytes[index] ?? 0);
    const head = sendHeads[schedule.conversations[index] ?? 0] ?? '';
    player.wire?.send(`{"id":${preparedFrom + index}${head}${ids.idOf(index)}","content":{"type":"text","text":"${text}"}}}}`);
  }
}
