import type { Sql } from '@nexo/db';
import { type GroupRow, groupColumns, groupView } from '../conversations/group-view.ts';
import type { GroupChange } from './change-group.ts';

/** Writes what `set` says into the group's row, with a change of its own, and tells how the group is now. */
export async function changeProfile(
  change: GroupChange,
  set: (sql: Sql) => ReturnType<typeof groupColumns>,
  type: 'group.updated' | 'group.dismissed' = 'group.updated',
): Promise<void> {
  const { tx, head, conversationId } = change;
  head.change += 1;
  const [row] = await tx.sql<GroupRow[]>`
    update groups g set change = ${head.change}, ${set(tx.sql)}
    where g.conversation_id = ${conversationId} returning ${groupColumns(tx.sql)}`;
  if (row !== undefined) change.tell({ type, conversationId, change: head.change, group: groupView(row) });
}
