import { AppError, type MessageContent, type MessageHistoryInput, type MessageVersion } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { accessConversation } from '../conversations/access.ts';
import { readOnly } from '../read-only.ts';
import { msOf } from '../sql-time.ts';
import { readMessage } from './lock-message.ts';

/**
 * The wordings of a message, the first one first and the present one last; one alone when it was never edited, or revoked. Who has
 * left sees those up to their leaving. Throws NOT_FOUND.
 */
export async function messageHistory(ctx: UserContext, input: MessageHistoryInput): Promise<{ items: MessageVersion[] }> {
  const { conversationId, seq } = input;
  return readOnly(ctx, async (sql) => {
    const access = await accessConversation(sql, ctx.session.userId, conversationId, 'read');
    const message = await readMessage(sql, access, seq);
    if (message === null) throw new AppError('NOT_FOUND', { message: 'No such message', field: 'seq' });
    const rows = await sql<{ content: MessageContent; at: number | null }[]>`
      select content, ${msOf(sql, sql`edited_at`)} as at from message_edits
      where conversation_id = ${conversationId} and seq = ${seq}
        and (${access.leftChange}::bigint is null or until_change <= ${access.leftChange}::bigint)
      order by version`;
    const before = rows.map((row) => ({ content: row.content, at: row.at ?? message.sentAt }));
    return { items: [...before, { content: message.content, at: message.editedAt ?? message.revokedAt ?? message.sentAt }] };
  });
}
