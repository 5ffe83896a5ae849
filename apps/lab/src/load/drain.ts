import { setTimeout as delay } from 'node:timers/promises';
import { outcomes } from './plan.ts';
import { answerTimeoutMs, type Recorder, recordTimeouts } from './recorder.ts';

const askAgainMs = 20;

/** Waits until every send has its answer and every receiver its message, or the time for it is over. */
export async function drain(recorder: Recorder, receiversPerMessage: number): Promise<void> {
  const giveUpMs = recorder.clock.endMs + answerTimeoutMs;
  while (recorder.clock.nowMs() < giveUpMs && (recorder.unanswered > 0 || isUndelivered(recorder, receiversPerMessage))) {
    await delay(askAgainMs);
  }
  recordTimeouts(recorder);
}

/** Whether an acknowledged message has not reached everyone yet. What was refused reaches nobody, and is not waited for. */
function isUndelivered({ messages, schedule }: Recorder, receiversPerMessage: number): boolean {
  for (let index = 0; index < schedule.count; index++) {
    if (messages.outcome[index] === outcomes.acked && (messages.receivers[index] ?? 0) < receiversPerMessage) return true;
  }
  return false;
}
