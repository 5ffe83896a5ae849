import { schema } from '@nexo/db';
import { AppError, type ConversationView, directConversationId, type OpenDirectInput, selfConversationId } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { type Tx, transact } from '../transact.ts';
import { readConversationViews } from './conversation-views.ts';
import { tellJoined } from './tell-joined.ts';
import { tellMyself } from './tell-myself.ts';

/**
 * The direct conversation with a user, made if need be; with oneself the notes to oneself. Its id follows from the two user ids,
 * so that both sides may open it at once and meet in the same one. The other side does not see it listed before something is
 * said, or before they open it too. Throws NOT_FOUND for an unknown user, RATE_LIMITED for too many new ones.
 */
export async function openDirect(ctx: UserContext, input: OpenDirectInput): Promise<ConversationView> {
  const me = ctx.session.userId;
  const [peer] = await ctx.db.sql<{ id: string }[]>`
    select id from users where lower(id) = lower(${input.userId}) and kind <> 'system'`;
  if (peer === undefined) throw new AppError('NOT_FOUND', { message: 'No such user', field: 'userId' });
  const id = peer.id === me ? selfConversationId(me) : directConversationId(me, peer.id);
  const known = await ctx.db.sql`select 1 from conversations where id = ${id}`;
  // Only what is new counts: it puts a row and an event upon somebody who was not asked. No transaction waits for the counter.
  if (known.length === 0) await ctx.rateLimits.take('createPerUser', me);
  return transact(ctx, async (tx) => {
    const created = await insertPair(tx, id, me, peer.id, new Date(ctx.clock.now()));
    if (created) await tellJoined(tx, id, [me, peer.id]);
    else await unhide(tx, id, me);
    const [view] = await readConversationViews(tx.sql, me, { ids: [id] });
    if (view === undefined) throw new AppError('INTERNAL');
    return view;
  });
}

/** False when somebody else made it first. */
async function insertPair(tx: Tx, id: string, me: string, peer: string, now: Date): Promise<boolean> {
  const { conversations, heads, members } = schema;
  const kind = me === peer ? 'self' : 'direct';
  const inserted = await tx.orm.insert(conversations).values({ id, kind, createdAt: now }).onConflictDoNothing().returning();
  if (inserted.length === 0) return false;
  await tx.orm.insert(heads).values({ conversationId: id });
  const mine = { conversationId: id, userId: me, joinedAt: now };
  const theirs = { conversationId: id, userId: peer, joinedAt: now, hiddenSeq: 0 };
  await tx.orm.insert(members).values(kind === 'self' ? [mine] : [mine, theirs]);
  return true;
}

/** Who opens what another had opened before wants to see it listed, too. */
async function unhide(tx: Tx, conversationId: string, userId: string): Promise<void> {
  const shown = await tx.sql`
    update members set hidden_seq = null
    where conversation_id = ${conversationId} and user_id = ${userId} and hidden_seq is not null returning 1`;
  if (shown.length > 0) await tellMyself(tx, conversationId, userId);
}
