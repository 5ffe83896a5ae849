import { type ErrorCode, type ForwardMessagesResult, forwardedMessageId, newId } from '@nexo/shared';
import { digestOf } from '../history/digest.ts';
import { type Line, nowMicros } from '../history/line.ts';
import { recentSeq } from './acts.ts';
import type { Device } from './device/device.ts';
import { failedBy, outcomeOf } from './device/outcome.ts';

/** Times that it is asked for under the same id until somebody answers. */
const triesMax = 3;

interface Passed {
  /** The conversation that it goes to. */
  to: string;
  /** Its clientMessageId there. */
  id: string;
  origin: number;
}

/**
 * Passes one message on or two, to one conversation or two, until there is an answer. What is passed on is a `send` in the history of
 * each place that it goes to, and a `forward` in that of its origin; both name the forward.
 */
export async function forward(
  device: Device,
  [, which, what]: readonly [number, number, number],
  write: (line: Line) => void,
): Promise<void> {
  const { client, by } = device;
  const places = device.writable();
  const from = places[Math.floor(which * places.length)];
  if (client === null || from === undefined) return;
  const last = recentSeq(from, what);
  // The digits behind choose the rest.
  const seqs = (what * 1e2) % 1 < 0.5 || last < 2 ? [last] : [last - 1, last];
  const targets = [
    ...new Set([(what * 1e3) % 1, (what * 1e5) % 1].map((choice) => places[Math.floor(choice * places.length)]?.id)),
  ];
  const toConversationIds = targets.filter((id) => id !== undefined);
  const clientForwardId = newId();
  const passed = toConversationIds.flatMap((to) =>
    seqs.map((origin): Passed => ({ to, origin, id: forwardedMessageId(clientForwardId, to, origin) })),
  );
  const t = nowMicros();
  const wish = { by, in: from.id, op: 'act' as const, verb: 'forward' as const, value: clientForwardId };
  for (const [i, seq] of seqs.entries()) write({ ...wish, t: t + i, phase: 'invoke', seq });
  for (const { to, id, origin } of passed) {
    write({ t, by, in: to, op: 'send', phase: 'invoke', id, via: 'forward', forward: clientForwardId, origin });
  }
  const end = (outcome: { phase: 'ok' } | { phase: 'fail' | 'info'; code: string }) => {
    for (const [i, seq] of seqs.entries()) write({ ...wish, t: nowMicros(), ...outcome, seq, from: t + i });
  };
  const input = { fromConversationId: from.id, seqs, toConversationIds, clientForwardId };
  for (let tries = 0; tries < triesMax; tries++) {
    const at = nowMicros();
    for (const { to, id } of passed) write({ t: at, by, in: to, op: 'send', phase: 'attempt', id });
    try {
      const { results } = await client.trpc.messages.forward.mutate(input);
      const isDecided = passed.map((one) => tell(one, results, { by, since: at, isAgain: tries > 0 }, write));
      if (isDecided.every(Boolean)) return end({ phase: 'ok' });
    } catch (error) {
      const outcome = failedBy(error);
      const t = nowMicros();
      for (const { to, id } of passed) {
        const line = { t, by, in: to, op: 'send' as const, id, code: outcome.code, ms: (t - at) / 1_000 };
        write(outcome.phase === 'info' ? { ...line, phase: 'info' } : { ...line, phase: 'fail', retryable: false });
      }
      if (outcome.phase === 'fail') return end(outcome);
    }
  }
  end({ phase: 'info', code: 'NO_ANSWER' });
}

/** Writes down what became of one of them; answers whether that is known now. */
function tell(
  { to, id }: Passed,
  results: ForwardMessagesResult['results'],
  { by, since, isAgain }: { by: string; since: number; isAgain: boolean },
  write: (line: Line) => void,
): boolean {
  const result = results.find(({ conversationId }) => conversationId === to);
  const message = result?.messages.find(({ clientMessageId }) => clientMessageId === id);
  const t = nowMicros();
  const line = { t, by, in: to, op: 'send' as const, id, ms: (t - since) / 1_000 };
  if (message !== undefined) {
    const { seq, change } = message;
    write({ ...line, phase: 'ok', seq, change, digest: digestOf(message), deduplicated: isAgain });
    return true;
  }
  const refusal = result?.refusal === undefined ? undefined : { code: result.refusal as ErrorCode, retryable: false };
  const outcome = outcomeOf(refusal);
  if (outcome.phase === 'info') write({ ...line, phase: 'info', code: outcome.code });
  else write({ ...line, phase: 'fail', code: outcome.code, retryable: false });
  return outcome.phase === 'fail';
}
