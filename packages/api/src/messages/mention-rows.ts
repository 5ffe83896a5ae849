import type { Sql } from '@nexo/db';
import { type MessageView, mentionedIn } from '@nexo/shared';

interface MentionRow {
  conversationId: string;
  userId: string;
  seq: number;
}

/** Rows of `mentions`: one for each who is spoken to, one for all, and none for what alerts nobody. */
export function mentionRows({ conversationId, seq, content, countable }: MessageView): MentionRow[] {
  if (!countable) return [];
  const isToAll = content.type === 'text' && content.mentionsAll === true;
  return (isToAll ? ['*'] : mentionedIn(content)).map((userId) => ({ conversationId, seq, userId }));
}

/** Has a message speak to those whom its present words name, and to nobody else. */
export async function rewriteMentions(sql: Sql, message: MessageView): Promise<void> {
  const { conversationId, seq } = message;
  const userIds = mentionRows(message).map((row) => row.userId);
  await sql`delete from mentions where conversation_id = ${conversationId} and seq = ${seq}`;
  if (userIds.length === 0) return;
  await sql`
    insert into mentions (conversation_id, user_id, seq)
    select ${conversationId}, ${storedId(sql)}, ${seq} from unnest(${userIds}::text[]) as t (user_id)`;
}

/** The id of the user `t.user_id` as it is stored: whoever writes may name them in any case. */
export function storedId(sql: Sql) {
  return sql`coalesce((select u.id from users u where lower(u.id) = lower(t.user_id)), t.user_id)`;
}
