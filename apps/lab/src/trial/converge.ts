import { setTimeout as delay } from 'node:timers/promises';
import type { System } from './system.ts';
import type { DeviceReport } from './worker-protocol.ts';
import type { WorkerProcess } from './workers.ts';

const lookEveryMs = 100;
/** A private message that was read behind a block, which is over, is looked for once a minute; then it disappears. */
const dueMaxMs = 60_000;

/** Somebody who does not have what is stored. */
export interface Laggard {
  device: string;
  conversation: string | null;
  what: string;
}

interface Expected {
  userId: string;
  conversationId: string;
  left: boolean;
  seq: number;
  change: number;
  readSeq: number;
  unread: number;
}

/**
 * Waits until every device is live, has sent everything, and has every conversation as the database has it. Nobody does anything
 * meanwhile: no key is pressed, nothing is loaded anew. Goes on until nothing is about to disappear any more. Answers after what time
 * everybody had everything, and who is still behind when the time is up.
 */
export async function waitUntilConverged(
  system: System,
  workers: readonly WorkerProcess[],
  maxMs: number,
): Promise<{ afterMs: number; laggards: Laggard[] }> {
  const startedAt = performance.now();
  let caughtUpAfterMs: number | null = null;
  for (;;) {
    const reports = (await Promise.all(workers.map((worker) => worker.report()))).flat();
    // Read after the devices: what they have sent by then is in it.
    const isQuiet = reports.every((report) => report.connection === 'live' && report.pending === 0);
    const afterMs = performance.now() - startedAt;
    const isOver = afterMs > (caughtUpAfterMs === null ? maxMs : maxMs + dueMaxMs);
    if (isQuiet || isOver) {
      const isDue = await isAnythingDue(system);
      const laggards = laggardsOf(reports, await readExpected(system), await readNames(system));
      if (laggards.length === 0) caughtUpAfterMs ??= afterMs;
      if ((laggards.length === 0 && !isDue) || isOver) return { afterMs: caughtUpAfterMs ?? afterMs, laggards };
    }
    await delay(lookEveryMs);
  }
}

/** Whether a message is about to disappear: what is read out then would be no more when the database is read. */
async function isAnythingDue(system: System): Promise<boolean> {
  const rows = await system.db.sql`
    select 1 from messages msg where type <> 'expired' and (expires_at is not null or (awaits_reading and exists (
      select from members m where m.conversation_id = msg.conversation_id and m.user_id <> msg.sender_id
        -- What its sender is not to know the reading of goes from the reader's own view only.
        and coalesce(m.shown_read_seq, m.read_seq) >= msg.seq
    )))
    union all select 1 from own_clocks
    limit 1`;
  return rows.length > 0;
}

async function readExpected(system: System): Promise<Expected[]> {
  return system.db.sql<Expected[]>`
    select m.user_id as "userId", m.conversation_id as "conversationId", m.left_at is not null as left,
      h.seq, h.change, m.read_seq as "readSeq", (
        select count(*)::int from messages x
        where x.conversation_id = m.conversation_id and x.seq > m.read_seq and x.countable
          and (m.left_at is null or x.seq < upper(m.visible))
          and not (m.visible @> x.seq and (
            (x.type in ('revoked', 'expired') and (m.left_at is null or x.content_change <= m.change))
            or exists (
              select from removed_messages r where r.conversation_id = x.conversation_id and r.user_id = m.user_id and r.seq = x.seq
            )
          ))
      ) as unread
    from members m join heads h using (conversation_id)
    -- Of what somebody has left and cleared nothing is known any more.
    where m.left_at is null or not isempty(m.visible)`;
}

async function readNames(system: System): Promise<Map<string, string>> {
  const rows = await system.db.sql<{ id: string; name: string }[]>`select id, display_name as name from users`;
  return new Map(rows.map(({ id, name }) => [id, name]));
}

function laggardsOf(
  reports: readonly DeviceReport[],
  expected: readonly Expected[],
  names: ReadonlyMap<string, string>,
): Laggard[] {
  const ofUser = new Map<string, Expected[]>();
  for (const one of expected) ofUser.set(one.userId, [...(ofUser.get(one.userId) ?? []), one]);
  return reports.flatMap((report): Laggard[] => {
    const { device, connection, pending } = report;
    const behind = (what: string, conversation: string | null = null) => ({ device, conversation, what: `${device} ${what}` });
    if (connection !== 'live') return [behind(`is ${connection}`)];
    if (pending > 0) return [behind(`has ${pending} messages unsent`)];
    if (report.displayName !== names.get(report.user)) return [behind(`has the name ${report.displayName}`)];
    return (ofUser.get(report.user) ?? []).flatMap(({ conversationId, left, seq, change, readSeq, unread }) => {
      const has = report.standings[conversationId];
      if (has === undefined) return [behind('does not know the conversation', conversationId)];
      const isThere = left || (has.seq === seq && has.change === change);
      if (isThere && has.readSeq === readSeq && has.unread === unread) return [];
      const stored = `${seq}/${change}, read ${readSeq}, unread ${unread}`;
      return [
        behind(`is at ${has.seq}/${has.change}, read ${has.readSeq}, unread ${has.unread}; stored is ${stored}`, conversationId),
      ];
    });
  });
}
