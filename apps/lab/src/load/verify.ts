import type { Db } from '@nexo/db';
import { checkHistory, checkUnread, type Finding, readStored, type SendRecord } from '../check/index.ts';
import { clientMessageIds } from './client-message-id.ts';
import { type LoadPlan, outcomes, type Recording } from './plan.ts';
import { makeSchedule, textOf } from './schedule.ts';

export interface Verification {
  findings: Finding[];
  messagesStored: number;
  sendsChecked: number;
  readingsChecked: number;
}

/**
 * Compares the recording with every row of its conversations, which must belong to this run alone, and every member's unread
 * count with a recount.
 */
export async function verify(db: Db, plan: LoadPlan, startedAt: number, recording: Recording): Promise<Verification> {
  const { users, conversations } = plan;
  const schedule = makeSchedule(plan);
  const { idOf } = clientMessageIds(startedAt, plan.seed);
  const sends: SendRecord[] = [];
  for (let index = 0; index < schedule.count; index++) {
    const outcome = recording.outcome[index];
    if (outcome === outcomes.unsent) continue;
    const acked = outcome === outcomes.acked;
    sends.push({
      conversationId: conversations[schedule.conversations[index] ?? 0]?.id ?? '',
      senderId: users[schedule.senders[index] ?? 0]?.id ?? '',
      clientMessageId: idOf(index),
      text: textOf(index, schedule.textBytes[index] ?? 0),
      outcome: acked ? 'acked' : outcome === outcomes.refused ? 'refused' : 'unknown',
      ackedSeqs: acked ? [recording.ackedSeq[index] ?? 0] : [],
    });
  }
  const ids = idsOfIndexes(schedule.count, idOf);
  let readingsChecked = 0;
  const readings = recording.readings.map(({ user, conversation, fromSeq, seqs, indexes }) => {
    readingsChecked += seqs.length;
    const conversationId = conversations[conversation]?.id ?? '';
    return { reader: users[user]?.id ?? '', conversationId, fromSeq, seqs, clientMessageIds: Array.from(indexes, ids) };
  });
  const conversationIds = conversations.map(({ id }) => id);
  const { stored, heads } = await readStored(db.sql, conversationIds);
  // Who sends again after a lost socket may have the second of two stored first.
  const findings = checkHistory({ sends, stored, heads, readings }, { senderOrder: plan.returns !== true });
  return {
    findings: [...findings, ...(await checkUnread(db.sql, conversationIds))],
    messagesStored: stored.length,
    sendsChecked: sends.length,
    readingsChecked,
  };
}

/** Each id is made once: a run of a thousand readers has millions of readings. */
function idsOfIndexes(count: number, idOf: (index: number) => string): (index: number) => string {
  const ids = new Array<string | undefined>(count);
  return (index) => {
    if (index < 0) return 'not of this run';
    const id = ids[index] ?? idOf(index);
    ids[index] = id;
    return id;
  };
}
