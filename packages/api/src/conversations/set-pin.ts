import { AppError, limits } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { timeOf } from '../sql-time.ts';
import type { Tx } from '../transact.ts';
import type { Side } from './own-settings.ts';
import { type Pinned, placeAfter } from './pin-places.ts';
import { tellMyself } from './tell-myself.ts';

/**
 * Makes everybody else wait who pins a chat of this user, moves one, or settles something of one. To be called before anything of
 * the user's is locked: all in one order.
 */
export async function lockPinned(tx: Tx, { conversationId, userId }: Side): Promise<void> {
  await tx.sql`
    select 1 from members where user_id = ${userId} and (pinned_at is not null or conversation_id = ${conversationId})
    order by conversation_id for update`;
}

/**
 * Pins or unpins, and says whether that changed anything. `after` names the pinned chat that is to stand before it; null: none;
 * undefined: on top when it is new among them, else where it is. Throws PINS_FULL.
 */
export async function setPin(
  ctx: UserContext,
  tx: Tx,
  { conversationId, userId }: Side,
  pinned: boolean,
  after: string | null | undefined,
): Promise<boolean> {
  if (!pinned) {
    const rows = await tx.sql`
      update members set pinned_at = null, pin_place = null
      where conversation_id = ${conversationId} and user_id = ${userId} and pinned_at is not null returning 1`;
    return rows.length > 0;
  }
  // Read after `lockPinned`: nobody pins meanwhile.
  const all = await tx.sql<Pinned[]>`
    select conversation_id as id, pin_place as place from members
    where user_id = ${userId} and pinned_at is not null order by pin_place, conversation_id`;
  const isPinned = all.some(({ id }) => id === conversationId);
  if (isPinned && after === undefined) return false;
  if (!isPinned && all.length >= limits.pinnedMaxConversations) throw new AppError('PINS_FULL');
  const others = all.filter(({ id }) => id !== conversationId);
  const { place, moved } = placeAfter(others, after ?? null);
  await tx.sql`
    update members set pinned_at = coalesce(pinned_at, ${timeOf(tx.sql, ctx.clock.now())}), pin_place = ${place}
    where conversation_id = ${conversationId} and user_id = ${userId}`;
  for (const other of moved) {
    await tx.sql`update members set pin_place = ${other.place} where conversation_id = ${other.id} and user_id = ${userId}`;
  }
  for (const other of moved) await tellMyself(tx, other.id, userId);
  return true;
}
