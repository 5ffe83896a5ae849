import { preparedFrom } from '../wire/wire-client.ts';
import type { clientMessageIds } from './client-message-id.ts';
import type { Player } from './players.ts';
import { type Recorder, recordTakenUp } from './recorder.ts';
import { textOf } from './schedule.ts';

export interface Sender {
  /** Takes up every send whose moment has come. */
  startDue(): void;
  /** A request of the user has its answer: the next of that user's sends that waited for one may go. */
  release(user: number): void;
}

/**
 * Sends the messages of the schedule, each as its user. A user with `outstandingMax` requests unanswered holds the next one back,
 * as a person's app would; its latency runs meanwhile.
 */
export function makeSender(
  recorder: Recorder,
  players: readonly Player[],
  ids: ReturnType<typeof clientMessageIds>,
  outstandingMax: number,
): Sender {
  const { clock, schedule } = recorder;
  const { atMs, count, senders, textBytes } = schedule;
  /** The number of the next send. */
  let next = 0;

  return {
    startDue() {
      const nowMs = clock.nowMs();
      for (; next < count && (atMs[next] ?? 0) <= nowMs; next++) {
        recordTakenUp(recorder, next, nowMs);
        start(next);
      }
    },
    release(user) {
      const player = players[user];
      if (player === undefined) return;
      player.outstanding--;
      const index = player.waiting.shift();
      if (index !== undefined) send(player, index);
    },
  };

  function start(index: number): void {
    const player = players[senders[index] ?? 0];
    if (player === undefined) return;
    if (player.outstanding < outstandingMax) {
      send(player, index);
    } else {
      recorder.waited++;
      player.waiting.push(index);
    }
  }

  /** The JSON is put together by hand: at thousands a second, serialising the same object each time would be the main cost. */
  function send(player: Player, index: number): void {
    player.outstanding++;
    const text = textOf(index, textBytes[index] ?? 0);
    const id = preparedFrom + index;
    player.wire.send(`{"id":${id}${player.sendHead}${ids.idOf(index)}","content":{"type":"text","text":"${text}"}}}}`);
  }
}
