import { directConversationId } from '@nexo/shared';
import type { Finding } from '../check/index.ts';
import { startChild } from '../load/child.ts';
import { type LoadPlan, outcomes, type Recording } from '../load/plan.ts';
import { type LoadResult, runLoad } from '../load/run-load.ts';
import type { System } from '../load/system.ts';
import type { Verification } from '../load/verify.ts';
import type { BaselineMessage, NakedCommand } from './messages.ts';

type Pace = Omit<LoadPlan, 'users' | 'conversations' | 'streams' | 'senderHears'>;

/** Drives the naked pipeline on the system's own Postgres with the generator that drives the product. */
export async function runNakedPipeline(system: System, userCount: number, rate: number, pace: Pace): Promise<LoadResult> {
  const { sql } = system.db;
  await sql`drop table if exists naked_messages, naked_heads`;
  await sql`create table naked_heads (conversation_id uuid primary key, seq bigint not null default 0) with (fillfactor = 50)`;
  await sql`
    create table naked_messages (
      conversation_id uuid, seq bigint, sender_id text not null, client_message_id uuid not null, content jsonb not null,
      created_at timestamptz not null default now(), primary key (conversation_id, seq))`;
  const users = Array.from({ length: userCount }, (_, i) => ({ id: `naked-${i}`, accessToken: `naked-${i}` }));
  const pairs = users.flatMap(({ id: a }, i) => {
    const b = users[i + 1]?.id;
    return i % 2 === 1 || b === undefined ? [] : [{ a, b, conversationId: directConversationId(a, b) }];
  });
  await sql`insert into naked_heads select id from unnest(${pairs.map((pair) => pair.conversationId)}::uuid[]) as t (id)`;
  const server = startChild<NakedCommand, BaselineMessage>(new URL('./naked-server.ts', import.meta.url));
  try {
    server.tell({ databaseUrl: system.databaseUrl, pairs });
    const { port } = await server.next('listening');
    const plan: LoadPlan = {
      ...pace,
      users,
      conversations: pairs.map(({ conversationId }, i) => ({ id: conversationId, members: [2 * i, 2 * i + 1] })),
      streams: [{ name: 'naked', rate, places: users.map((_, user) => [user, user >> 1] as const) }],
      senderHears: false,
    };
    const { db, postgresPid } = system;
    return await runLoad({ db, postgresPid, redis: null, nodes: [{ pid: server.pid, port }] }, plan, {
      verify: (recording) => verifyNaked(system, recording),
    });
  } finally {
    server.end();
  }
}

/** Every acknowledged message is one row, numbers have no hole, and each was forwarded once. */
async function verifyNaked({ db }: System, recording: Recording): Promise<Verification> {
  const [row] = await db.sql<{ stored: number; numbered: number; ids: number }[]>`
    select count(*) as stored, (select coalesce(sum(seq), 0)::bigint from naked_heads) as numbered,
      count(distinct client_message_id) as ids from naked_messages`;
  const { stored = 0, numbered = 0, ids = 0 } = row ?? {};
  const acked = recording.outcome.reduce((sum, outcome) => sum + (outcome === outcomes.acked ? 1 : 0), 0);
  const read = recording.readings.reduce((sum, { seqs }) => sum + seqs.length, 0);
  const findings: Finding[] = [];
  const find = (kind: Finding['kind'], detail: string) => findings.push({ kind, conversationId: 'naked', detail });
  if (stored < acked) find('lost', `${acked} were acknowledged, ${stored} are stored`);
  if (numbered !== stored) find('gap', `the heads count ${numbered}, ${stored} are stored`);
  if (ids !== stored) find('duplicated', `${stored} rows have ${ids} ids`);
  if (read < acked) find('unseen', `${acked} were acknowledged, ${read} were read`);
  return { findings, messagesStored: stored, sendsChecked: acked, readingsChecked: read };
}
