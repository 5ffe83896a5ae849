import type { Sql } from '@nexo/db';
import { excerptMaxChars, excerptOf, type MessageContent, type MessageView } from '@nexo/shared';

export interface MessageRow {
  id: string;
  conversation_id: string;
  seq: number;
  last_change: number;
  client_message_id: string;
  sender_id: string;
  content: MessageContent;
  countable: boolean;
  countable_seq: number;
  /** Epoch milliseconds, like every `_at` here. */
  sent_at: number;
  edited_at: number | null;
  revoked_at: number | null;
  reply_to: number | null;
  reply_sender_id: string | null;
  /** Of the quoted one as much as its excerpt is made of. */
  reply_content: { type: string } | null;
  forwarded_from_id: string | null;
  disappears_after_read_ms: number | null;
  expires_at: number | null;
}

/** What {@link messageView} needs of a message `msg` joined with the quoted one as `reply`. */
export function messageColumns(sql: Sql) {
  return sql`
    msg.id, msg.conversation_id, msg.seq, msg.last_change, msg.client_message_id, msg.sender_id, msg.content, msg.countable,
    msg.countable_seq,
    (extract(epoch from msg.created_at) * 1000)::float8 as sent_at,
    (extract(epoch from msg.edited_at) * 1000)::float8 as edited_at,
    (extract(epoch from msg.revoked_at) * 1000)::float8 as revoked_at,
    msg.reply_to, reply.sender_id as reply_sender_id, ${quotedContent(sql)} as reply_content,
    msg.forwarded_from_id, msg.disappears_after_read_ms, (extract(epoch from msg.expires_at) * 1000)::float8 as expires_at`;
}

/** Of the quoted message `reply` what {@link excerptOf} needs: long texts and the data of custom kinds stay where they are. */
export function quotedContent(sql: Sql) {
  return sql`
    case when reply.type = 'text'
      then jsonb_build_object('type', 'text', 'text', left(reply.content->>'text', ${excerptMaxChars}::int))
      else reply.content - 'data' - 'waveform' end`;
}

/** The quoted message of `msg`, as `reply`. */
export function replyJoin(sql: Sql) {
  return sql`left join messages reply on reply.conversation_id = msg.conversation_id and reply.seq = msg.reply_to`;
}

/** A message as every member sees it. */
export function messageView(row: MessageRow): MessageView {
  return {
    id: row.id,
    conversationId: row.conversation_id,
    seq: row.seq,
    change: row.last_change,
    clientMessageId: row.client_message_id,
    senderId: row.sender_id,
    content: row.content,
    countable: row.countable,
    countableSeq: row.countable_seq,
    sentAt: row.sent_at,
    ...(row.edited_at === null ? {} : { editedAt: row.edited_at }),
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
    ...(row.reply_to === null || row.reply_sender_id === null
      ? {}
      : {
          replyTo: {
            seq: row.reply_to,
            senderId: row.reply_sender_id,
            excerpt: row.reply_content === null ? '' : excerptOf(row.reply_content),
          },
        }),
    ...(row.forwarded_from_id === null ? {} : { forwardedFromId: row.forwarded_from_id }),
    ...(row.disappears_after_read_ms === null ? {} : { disappearsAfterReadMs: row.disappears_after_read_ms }),
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
  };
}
