import type { GetMessagesInput, MessageView } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { accessConversation } from '../conversations/access.ts';
import { type MessageRow, messageColumns, messageViewFor, notRemoved, replyJoin } from '../conversations/message-view.ts';
import { readOnly } from '../read-only.ts';

/** The named messages that exist and are visible to the caller, ascending by seq. Throws NOT_FOUND for a stranger. */
export async function getMessages(ctx: UserContext, input: GetMessagesInput): Promise<{ items: MessageView[] }> {
  return readOnly(ctx, async (sql) => {
    const access = await accessConversation(sql, ctx.session.userId, input.conversationId, 'read');
    const rows = await sql<MessageRow[]>`
      select ${messageColumns(sql, sql`${access.leftChange}::bigint`)} from messages msg ${replyJoin(sql)}
      where msg.conversation_id = ${access.conversationId} and msg.seq = any(${input.seqs}::bigint[])
        and ${access.visible}::int8multirange @> msg.seq and ${notRemoved(sql, access.userId)}
      order by msg.seq`;
    return { items: rows.map(messageViewFor(access.ranges)) };
  });
}
