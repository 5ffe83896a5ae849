import { index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { counter, instant } from './columns.ts';

/** What an edited message said before. Gone when it is revoked. */
export const messageEdits = pgTable(
  'message_edits',
  {
    conversationId: uuid().notNull(),
    seq: counter().notNull(),
    /** 1 is the first wording. */
    version: integer().notNull(),
    content: jsonb().notNull(),
    /** Since when it stood; null: it was sent so. */
    editedAt: instant(),
    /** The change that put the next wording in its place. */
    untilChange: counter().notNull(),
  },
  (t) => [primaryKey({ columns: [t.conversationId, t.seq, t.version] })],
);

/** Who reacted to what. What a message shows of it stands in `messages.reactions`. */
export const reactions = pgTable(
  'reactions',
  {
    conversationId: uuid().notNull(),
    seq: counter().notNull(),
    emoji: text().notNull(),
    userId: text().notNull(),
    /** The conversation's change by which it came: the order among those of one kind. */
    change: counter().notNull(),
    createdAt: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.conversationId, t.seq, t.emoji, t.userId] })],
);

/** Messages that a person removed from their own view: every read of messages leaves them out. */
export const removedMessages = pgTable(
  'removed_messages',
  {
    conversationId: uuid().notNull(),
    userId: text().notNull(),
    seq: counter().notNull(),
    /** The person's private change by which it was removed. */
    userChange: counter().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.conversationId, t.userId, t.seq] }),
    index('removed_messages_change').on(t.userId, t.userChange),
  ],
);

/**
 * Private mode, where a sender is not to know what the other has read: when a message leaves the view of who has read it. Of nobody else:
 * in the message it would show.
 */
export const ownClocks = pgTable(
  'own_clocks',
  {
    conversationId: uuid().notNull(),
    userId: text().notNull(),
    seq: counter().notNull(),
    endsAt: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.conversationId, t.userId, t.seq] }), index('own_clocks_end').on(t.endsAt)],
);
