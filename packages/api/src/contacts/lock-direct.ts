import { directConversationId } from '@nexo/shared';
import type { Tx } from '../transact.ts';

/**
 * Makes sends in the direct conversation of these two wait, if there is one: none that began before is committed after this, and no lane
 * believes any more what it knew of who may write there. Before everything else that is locked.
 */
export async function lockDirect(tx: Tx, me: string, other: string): Promise<void> {
  const id = directConversationId(me, other);
  await tx.sql`update heads set untold = untold + 1 where conversation_id = ${id}`;
  await tx.sql`select 1 from members where conversation_id = ${id} order by user_id collate "C" for update`;
}
