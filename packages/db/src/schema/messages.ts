import { sql } from 'drizzle-orm';
import { bigint, boolean, index, jsonb, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core';
import { counter, instant } from './columns.ts';

/** Hash-partitioned by conversation (see the first migration): every key contains it. */
export const messages = pgTable(
  'messages',
  {
    conversationId: uuid().notNull(),
    seq: counter().notNull(),
    id: uuid().notNull(),
    senderId: text().notNull(),
    clientMessageId: uuid().notNull(),
    type: text().notNull(),
    content: jsonb().notNull(),
    countable: boolean().notNull(),
    /** Countable messages of the conversation up to and including this one. */
    countableSeq: counter().notNull(),
    replyTo: counter(),
    createdAt: instant().notNull(),
    editedAt: instant(),
    revokedAt: instant(),
    expiresAt: instant(),
    lastChange: counter().notNull(),
    /** Something about it has changed since it was sent: `lastChange` is not the change it was born with. */
    amended: boolean().notNull().default(false),
    /** The change that last edited or revoked it, or by which it disappeared; null while nothing has. */
    contentChange: counter(),
    /** ReactionView[] of the wire, as `reactions` has them; null: none. Kept here so that no read has to count. */
    reactions: jsonb(),
    /** Who said it first, of one that was passed on. */
    forwardedFromId: text(),
    /** Private mode: milliseconds from being read to disappearing … */
    disappearsAfterReadMs: bigint({ mode: 'number' }),
    /** … whose clock has not started yet: nobody but its sender has read it. */
    awaitsReading: boolean().notNull().default(false),
  },
  (t) => [
    primaryKey({ columns: [t.conversationId, t.seq] }),
    /**
     * One clientMessageId per sender and conversation makes exactly one message, for ever. These ids ascend with time: in front, they
     * make the index grow at its end only.
     */
    unique('messages_client_message').on(t.clientMessageId, t.conversationId, t.senderId),
    /** What was sent since a change has the highest seqs; only what was amended has to be looked for. */
    index('messages_amended').on(t.conversationId, t.lastChange).where(sql`amended`),
    /** What will disappear, by when. */
    index('messages_expiry').on(t.expiresAt).where(sql`${t.expiresAt} is not null and ${t.type} <> 'expired'`),
    /** What disappears after it is read and was not read yet. */
    index('messages_awaiting_reading').on(t.conversationId, t.seq).where(sql`${t.awaitsReading}`),
    /** What is countable and counts no longer, since it was revoked or has disappeared: asked for by who has left. */
    index('messages_gone').on(t.conversationId, t.seq).where(sql`${t.type} in ('revoked', 'expired') and ${t.countable}`),
  ],
);

/**
 * What is countable and counts no longer for anybody, since it was revoked or has disappeared: as spans of countable numbers, both ends
 * included, with no two that touch. So a count of the unread reads a few rows, however many messages have disappeared.
 */
export const goneSpans = pgTable(
  'gone_spans',
  { conversationId: uuid().notNull(), first: counter().notNull(), last: counter().notNull() },
  (t) => [primaryKey({ columns: [t.conversationId, t.last] })],
);
