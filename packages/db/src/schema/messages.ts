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
    /** Who said it first, of one that was passed on. */
    forwardedFromId: text(),
    /** Private mode: milliseconds from being read to disappearing … */
    disappearsAfterReadMs: bigint({ mode: 'number' }),
    /** … whose clock has not started yet: nobody but its sender has read it. */
    awaitsReading: boolean().notNull().default(false),
  },
  (t) => [
    primaryKey({ columns: [t.conversationId, t.seq] }),
    /** One clientMessageId per sender and conversation makes exactly one message, for ever. */
    unique('messages_client_message').on(t.conversationId, t.senderId, t.clientMessageId),
    index('messages_last_change').on(t.conversationId, t.lastChange),
    /** What will disappear, by when. */
    index('messages_expiry').on(t.expiresAt).where(sql`${t.expiresAt} is not null and ${t.type} <> 'expired'`),
    /** What disappears after it is read and was not read yet. */
    index('messages_awaiting_reading').on(t.conversationId, t.seq).where(sql`${t.awaitsReading}`),
    /** What counts no longer. */
    index('messages_expired').on(t.conversationId, t.seq).where(sql`${t.type} = 'expired'`),
  ],
);
