import type { Sql } from '@nexo/db';
import { AppError, limits, type MyMembership, type ResumeInput, type ResumeResult } from '@nexo/shared';
import { readContactsDiff } from '../contacts/contacts-diff.ts';
import type { UserContext } from '../context.ts';
import { readConversationViews } from '../conversations/conversation-views.ts';
import { readOnly } from '../read-only.ts';
import { AnswerRoom } from './answer-room.ts';
import { readEpoch, readUserHead } from './heads.ts';
import { readRepairs } from './read-repairs.ts';

/**
 * Compares a client's cursors with the heads and answers only what differs, all of one moment. Call it after `sync.events` has
 * started: what happens from then on is in the stream. Of another epoch: `epochChanged`, and the client begins anew.
 */
export async function resume(ctx: UserContext, input: ResumeInput): Promise<ResumeResult> {
  const { userId } = ctx.session;
  return readOnly(ctx, async (sql: Sql) => {
    const [epoch, head] = await Promise.all([readEpoch(sql), readUserHead(sql, userId)]);
    if (head === null) throw new AppError('UNAUTHENTICATED');
    if (epoch !== input.epoch) return { kind: 'epochChanged', epoch };
    const range = {
      ...(input.after === undefined ? {} : { after: input.after }),
      ...(input.upTo === undefined ? {} : { upTo: input.upTo }),
    };
    const known = input.conversations.map((cursor) => cursor.id);
    const room = new AnswerRoom();
    const removed = await readRemoved(sql, userId, input.userChange, known);
    // Too much to name: it is less to begin anew, as after a change of the epoch.
    if (removed === null) return { kind: 'epochChanged', epoch };
    const [{ repairs, more }, unknown, touched, contacts] = await Promise.all([
      readRepairs(sql, userId, input.conversations, room, new Set(removed.map(({ conversationId }) => conversationId))),
      readConversationViews(sql, userId, { ...range, except: known, limit: limits.resumeMaxAdded + 1 }),
      readTouched(sql, userId, input.userChange, known),
      input.after === undefined && head.change > input.userChange
        ? readContactsDiff(sql, userId, input.userChange, ctx.clock.now())
        : undefined,
    ]);
    const added = unknown.slice(0, limits.resumeMaxAdded);
    const full = added.findIndex((view, i) => !room.take([], view) && i + repairs.length > 0);
    if (full !== -1) added.length = full;
    const repaired = new Set(repairs.map((repair) => (repair.kind === 'reset' ? repair.conversation.id : repair.conversationId)));
    return {
      kind: 'resumed',
      userChange: head.change,
      ...(head.profileChange > input.userChange ? { me: head.user } : {}),
      repairs,
      added,
      addedMore: more || added.length < unknown.length,
      memberships: touched.filter(({ conversationId }) => !repaired.has(conversationId)),
      ...(removed.length === 0 ? {} : { removed }),
      serverTime: ctx.clock.now(),
      ...(contacts === undefined ? {} : { contacts }),
    };
  });
}

/** What the person has removed from their own view since; null: more than one answer names. */
async function readRemoved(
  sql: Sql,
  userId: string,
  since: number,
  known: readonly string[],
): Promise<{ conversationId: string; seqs: number[] }[] | null> {
  const rows = await sql<{ id: string; seq: number }[]>`
    select conversation_id as id, seq from removed_messages
    where user_id = ${userId} and user_change > ${since} and conversation_id = any(${known as string[]}::uuid[])
    order by user_change, seq limit ${limits.resumeMaxRemoved + 1}`;
  if (rows.length > limits.resumeMaxRemoved) return null;
  const seqsOf = new Map<string, number[]>();
  for (const { id, seq } of rows) seqsOf.set(id, [...(seqsOf.get(id) ?? []), seq]);
  return [...seqsOf].map(([conversationId, seqs]) => ({ conversationId, seqs }));
}

/** The own side of conversations that a private change touched since. */
async function readTouched(
  sql: Sql,
  userId: string,
  since: number,
  known: readonly string[],
): Promise<{ conversationId: string; me: MyMembership }[]> {
  const rows = await sql<{ id: string }[]>`
    select conversation_id as id from members
    where user_id = ${userId} and user_change > ${since} and conversation_id = any(${known as string[]}::uuid[])`;
  if (rows.length === 0) return [];
  const views = await readConversationViews(sql, userId, { ids: rows.map((row) => row.id) });
  return views.map((view) => ({ conversationId: view.id, me: view.me }));
}
