import { setTimeout as delay } from 'node:timers/promises';
import { type LoadPlan, outcomes } from './plan.ts';
import type { Player } from './players.ts';
import { answerTimeoutMs, type Recorder, recordTimeouts } from './recorder.ts';

const askAgainMs = 20;
/** Where a sender does not hear itself, nobody knows which message is the last one: it is over when nothing has come for so long. */
const quietMs = 300;

/** Waits until every send of this process has its answer, or the time for it is over. */
export async function drainAnswers(recorder: Recorder): Promise<void> {
  const giveUpMs = recorder.clock.endMs + answerTimeoutMs;
  while (recorder.clock.nowMs() < giveUpMs && recorder.unanswered > 0) await delay(askAgainMs);
  recordTimeouts(recorder);
}

/** By conversation, the last seq that an acknowledgement has named. What was refused reaches nobody, and is not waited for. */
export function lastAckedSeqs({ messages, schedule }: Recorder, conversations: number): number[] {
  const last = new Array<number>(conversations).fill(0);
  for (let index = 0; index < schedule.count; index++) {
    if (messages.outcome[index] !== outcomes.acked) continue;
    const conversation = schedule.conversations[index] ?? 0;
    last[conversation] = Math.max(last[conversation] ?? 0, messages.ackedSeq[index] ?? 0);
  }
  return last;
}

/** Waits until every reader has read as far as was acknowledged, or the time for it is over. */
export async function drainDeliveries(
  plan: LoadPlan,
  recorder: Recorder,
  players: readonly (Player | undefined)[],
  lastSeqs: ReadonlyMap<string, number>,
): Promise<void> {
  const giveUpMs = recorder.clock.endMs + answerTimeoutMs;
  if (plan.senderHears === false) return drainUntilQuiet(players);
  const isBehind = (player: Player | undefined) =>
    player !== undefined && [...player.readers].some(([id, reader]) => reader.lastSeq() < (lastSeqs.get(id) ?? 0));
  while (recorder.clock.nowMs() < giveUpMs && players.some(isBehind)) await delay(askAgainMs);
}

async function drainUntilQuiet(players: readonly (Player | undefined)[]): Promise<void> {
  const count = () =>
    players.reduce((sum, player) => sum + [...(player?.readers.values() ?? [])].reduce((n, { seqs }) => n + seqs.length, 0), 0);
  for (let before = -1, now = count(); before !== now; before = now, now = count()) await delay(quietMs);
}
