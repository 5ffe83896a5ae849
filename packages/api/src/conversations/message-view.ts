import type { Sql } from '@nexo/db';
import {
  excerptOf,
  excerptSourceMaxChars,
  type MessageContent,
  type MessageView,
  type ReactionView,
  type VisibleRanges,
  withReadableQuote,
} from '@nexo/shared';
import { msOf } from '../sql-time.ts';

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
  content_change: number | null;
  reactions: ReactionView[] | null;
  reply_to: number | null;
  reply_sender_id: string | null;
  /** Of the quoted one as much as its excerpt is made of. */
  reply_content: { type: string } | null;
  reply_change: number | null;
  reply_revoked: boolean | null;
  forwarded_from_id: string | null;
  disappears_after_read_ms: number | null;
  expires_at: number | null;
}

const noFragment = (sql: Sql) => sql``;
/** A piece of a statement. */
type Fragment = ReturnType<typeof noFragment>;

/**
 * What {@link messageView} needs of a message `msg` joined with the quoted one as `reply`. `asOf`: a change, or null, by which the
 * reader left: of what was edited and reacted later they see nothing. What was revoked is gone for everybody.
 */
export function messageColumns(sql: Sql, asOf?: Fragment) {
  return sql`
    msg.id, msg.conversation_id, msg.seq, msg.client_message_id, msg.sender_id, msg.countable, msg.countable_seq,
    ${msOf(sql, sql`msg.created_at`)} as sent_at,
    ${msOf(sql, sql`msg.revoked_at`)} as revoked_at,
    ${asOf === undefined ? presentColumns(sql) : columnsAsOf(sql, asOf)},
    msg.reply_to, reply.sender_id as reply_sender_id, reply.revoked_at is not null as reply_revoked,
    msg.forwarded_from_id, msg.disappears_after_read_ms, ${msOf(sql, sql`msg.expires_at`)} as expires_at`;
}

/**
 * Of the quoted message `reply` what {@link excerptOf} needs: long texts and the data of custom kinds stay where they are. Only texts are
 * edited, so its kind is the same whatever it said then.
 */
export function quotedContent(sql: Sql, content = sql`reply.content`) {
  return sql`
    case when reply.type = 'text'
      then jsonb_build_object('type', 'text', 'text', left((${content})->>'text', ${excerptSourceMaxChars}::int))
      else reply.content - 'data' - 'waveform' end`;
}

function presentColumns(sql: Sql) {
  return sql`
    msg.last_change, msg.content, ${msOf(sql, sql`msg.edited_at`)} as edited_at, msg.content_change, msg.reactions,
    ${quotedContent(sql)} as reply_content, reply.content_change as reply_change`;
}

function columnsAsOf(sql: Sql, asOf: Fragment) {
  const isLater = (row: Fragment) => changedLater(sql, row, asOf);
  const before = (row: Fragment, column: Fragment) => wordingAsOf(sql, row, column, asOf);
  const changeBefore = (row: Fragment) => sql`(
    select max(e.until_change) from message_edits e
    where e.conversation_id = ${row}.conversation_id and e.seq = ${row}.seq and e.until_change <= ${asOf})`;
  const [msg, reply] = [sql`msg`, sql`reply`];
  const editedAt = sql`edited_at`;
  const contentOf = (row: Fragment) => contentAsOf(sql, row, asOf);
  return sql`
    least(msg.last_change, ${asOf}) as last_change,
    ${contentOf(msg)} as content,
    ${msOf(sql, sql`case when ${isLater(msg)} then ${before(msg, editedAt)} else msg.edited_at end`)} as edited_at,
    case when ${isLater(msg)} then ${changeBefore(msg)} else msg.content_change end as content_change,
    case when ${asOf} is null or msg.last_change <= ${asOf} then msg.reactions end as reactions,
    ${quotedContent(sql, contentOf(reply))} as reply_content,
    case when ${isLater(reply)} then ${changeBefore(reply)} else reply.content_change end as reply_change`;
}

/** What the message `row` said at the change `asOf`, or says now where that is null. What was revoked is gone all the same. */
export function contentAsOf(sql: Sql, row: Fragment, asOf: Fragment) {
  return sql`
    case when ${changedLater(sql, row, asOf)}
      then coalesce(${wordingAsOf(sql, row, sql`content`, asOf)}, ${row}.content) else ${row}.content end`;
}

function changedLater(sql: Sql, row: Fragment, asOf: Fragment) {
  return sql`(${asOf} is not null and ${row}.content_change > ${asOf})`;
}

function wordingAsOf(sql: Sql, row: Fragment, column: Fragment, asOf: Fragment) {
  return sql`(
    select e.${column} from message_edits e
    where e.conversation_id = ${row}.conversation_id and e.seq = ${row}.seq and e.until_change > ${asOf}
    order by e.until_change limit 1)`;
}

/** The quoted message of `msg`, as `reply`. */
export function replyJoin(sql: Sql) {
  return sql`left join messages reply on reply.conversation_id = msg.conversation_id and reply.seq = msg.reply_to`;
}

/** Whether `msg` is not one that this reader has removed from their own view: for every read of messages. */
export function notRemoved(sql: Sql, userId: string | Fragment) {
  return sql`not exists (
    select 1 from removed_messages gone
    where gone.conversation_id = msg.conversation_id and gone.user_id = ${userId} and gone.seq = msg.seq)`;
}

/** A message as a reader sees it who may read this much. */
export function messageViewFor(visible: VisibleRanges): (row: MessageRow) => MessageView {
  return (row) => withReadableQuote(messageForAll(row), visible);
}

/** A message with the words of what it quotes, whoever may read them: for nodes, which know what their members may read. */
export function messageForAll(row: MessageRow): MessageView {
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
    ...(row.content_change === null ? {} : { contentChange: row.content_change }),
    ...(row.reply_to === null || row.reply_sender_id === null
      ? {}
      : { replyTo: replyView(row.reply_to, row.reply_sender_id, row) }),
    ...(row.reactions === null || row.reactions.length === 0 ? {} : { reactions: row.reactions }),
    ...(row.forwarded_from_id === null ? {} : { forwardedFromId: row.forwarded_from_id }),
    ...(row.disappears_after_read_ms === null ? {} : { disappearsAfterReadMs: row.disappears_after_read_ms }),
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
  };
}

/** A quote, as a reply carries it. */
export function replyView(
  seq: number,
  senderId: string,
  row: Pick<MessageRow, 'reply_content' | 'reply_change' | 'reply_revoked'>,
): NonNullable<MessageView['replyTo']> {
  return {
    seq,
    senderId,
    excerpt: row.reply_content === null ? '' : excerptOf(row.reply_content),
    ...(row.reply_change === null ? {} : { change: row.reply_change }),
    ...(row.reply_revoked === true ? { revoked: true as const } : {}),
  };
}
