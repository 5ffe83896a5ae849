import { sql } from 'drizzle-orm';
import { boolean, index, jsonb, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core';
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
  ],
);
