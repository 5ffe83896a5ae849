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
    const [{ repairs, more }, unknown, touched, contacts] = await Promise.all([
      readRepairs(sql, userId, input.conversations, room),
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
      serverTime: ctx.clock.now(),
      ...(contacts === undefined ? {} : { contacts }),
    };
  });
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
