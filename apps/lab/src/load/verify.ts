import type { Db } from '@nexo/db';
import { checkHistory, type Finding, readStored, type SendRecord } from '../check/index.ts';
import { clientMessageIds } from './client-message-id.ts';
import { conversationOf, outcomes, type Plan, type Recording } from './plan.ts';
import { makeSchedule, textOf } from './schedule.ts';

export interface Verification {
  findings: Finding[];
  messagesStored: number;
  sendsChecked: number;
  readingsChecked: number;
}

/**
 * Compares the recording with every row of the database. `earlierSends` are those of steps before on the same conversations;
 * this step's are added to it.
 */
export async function verify(db: Db, plan: Plan, recording: Recording, earlierSends: SendRecord[]): Promise<Verification> {
  const { options, users, conversations } = plan;
  const seconds = options.warmUpSeconds + options.seconds;
  const schedule = makeSchedule({ ...options, users: users.length, seconds });
  const { idOf } = clientMessageIds(plan.startedAt, options.seed);
  for (let index = 0; index < schedule.count; index++) {
    const sender = schedule.senders[index] ?? 0;
    const outcome = recording.outcome[index];
    const acked = outcome === outcomes.acked;
    earlierSends.push({
      conversationId: conversations[conversationOf(plan, sender)] ?? '',
      senderId: users[sender]?.id ?? '',
      clientMessageId: idOf(index),
      text: textOf(index, schedule.textBytes[index] ?? 0),
      outcome: acked ? 'acked' : outcome === outcomes.refused ? 'refused' : 'unknown',
      ackedSeqs: acked ? [recording.ackedSeq[index] ?? 0] : [],
    });
  }
  const ids = Array.from({ length: schedule.count }, (_, index) => idOf(index));
  let readingsChecked = 0;
  const readings = recording.readings.map(({ user, fromSeq, seqs, indexes }) => {
    readingsChecked += seqs.length;
    return {
      reader: users[user]?.id ?? '',
      conversationId: conversations[conversationOf(plan, user)] ?? '',
      fromSeq,
      seqs,
      clientMessageIds: Array.from(indexes, (index) => ids[index] ?? 'not of this run'),
    };
  });
  const { stored, heads } = await readStored(db.sql, conversations);
  const findings = checkHistory({ sends: earlierSends, stored, heads, readings }, { senderOrder: true });
  return { findings, messagesStored: stored.length, sendsChecked: earlierSends.length, readingsChecked };
}
