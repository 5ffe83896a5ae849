import { sql } from 'drizzle-orm';
import { bigint, boolean, doublePrecision, index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { counter, instant, seqRanges } from './columns.ts';

export const conversations = pgTable('conversations', {
  id: uuid().primaryKey(),
  kind: text({ enum: ['direct', 'group', 'self', 'system'] }).notNull(),
  createdAt: instant().notNull().defaultNow(),
  /** PinView[] of the wire, by seq. */
  pins: jsonb().notNull().default([]),
  /** The conversation's change that last touched the pins. */
  pinsChange: counter().notNull().default(0),
  /** How messages disappear: milliseconds after being read (private mode), and after being sent. */
  disappearsAfterReadMs: bigint({ mode: 'number' }),
  disappearsAfterSentMs: bigint({ mode: 'number' }),
  /** The conversation's change that last touched how messages disappear. */
  change: counter().notNull().default(0),
});

/**
 * Both counters of a conversation in one tiny hot row. It has no second index, so that every update stays heap-only, and the
 * page is left half empty for the next version (the migration sets the fill factor). Its lock orders everything that happens.
 */
export const heads = pgTable('heads', {
  conversationId: uuid().primaryKey(),
  seq: counter().notNull().default(0),
  change: counter().notNull().default(0),
  /** Messages up to `seq` that make a conversation unread. */
  countable: counter().notNull().default(0),
  /**
   * Moves instead of `change` when something takes the right to send away of which nobody in the conversation is told (a block, a
   * setting): so it leaves no hole in what clients count, and nothing to guess at.
   */
  untold: counter().notNull().default(0),
});

/** A user in a conversation of any kind: role, what may be read, own settings, read position. */
export const members = pgTable(
  'members',
  {
    conversationId: uuid().notNull(),
    userId: text().notNull(),
    role: text({ enum: ['owner', 'admin', 'member'] })
      .notNull()
      .default('member'),
    nickname: text(),
    /** Outlives leaving: who comes back is as muted as before. */
    mutedUntil: instant(),
    visible: seqRanges().notNull().default(sql`'{[1,)}'::int8multirange`),
    joinedAt: instant().notNull().defaultNow(),
    leftAt: instant(),
    /** The group as it was when they left, which is all of it that they see from then on. */
    leftGroup: jsonb(),
    readSeq: counter().notNull().default(0),
    /** The count of countable messages at the read position. */
    readCountable: counter().notNull().default(0),
    /** Not listed while the head's seq is not above it; so the next message brings it back without a write. Null: always listed. */
    hiddenSeq: counter(),
    /** The read position that others see while the real one is not theirs to know: one blocks the other. Null: the real one. */
    shownReadSeq: counter(),
    /** The conversation's change that last touched what others see of this row. */
    change: counter().notNull().default(0),
    /** The user's private change that last touched what only they see of it. */
    userChange: counter().notNull().default(0),
    /** Pinned chats stand first, by place ascending; both are null of the others. */
    pinnedAt: instant(),
    pinPlace: doublePrecision(),
    /** What still notifies of a muted chat; null: not muted. `muteUntil` null: for ever. (What an admin mutes is another matter.) */
    muteMode: text({ enum: ['nothing', 'mentions'] }),
    muteUntil: instant(),
    /** Marked unread from this message on, and where the read position stood then: once it has moved, the mark is over. */
    markedUnreadSeq: counter(),
    markedReadSeq: counter(),
    /** DraftView of the shared contract, and the private change that last wrote it or took it away. */
    draft: jsonb(),
    draftVersion: counter().notNull().default(0),
    /** What of it the user has cleared: theirs once, though they see it no more. Null: nothing. */
    cleared: seqRanges(),
    /** When that was last said which the user has cleared: a cleared chat keeps its place in the list. */
    clearedAt: instant(),
    /** May read, not write: a user in the conversation of the operator. */
    readOnly: boolean().notNull().default(false),
  },
  (t) => [
    primaryKey({ columns: [t.conversationId, t.userId] }),
    index('members_user').on(t.userId, t.conversationId),
    /**
     * Partial so that it cannot be taken for looking up one member: to a planner who believes a group to be small it looks as good as
     * the key, and that plan reads all members of one that has grown since. Only a diff says `change > 0`.
     */
    index('members_change').on(t.conversationId, t.change).where(sql`change > 0`),
    /** The owner and admins of a group, who are few however many the members. */
    index('members_managers').on(t.conversationId).where(sql`role <> 'member'`),
    /** Who has a name of their own in a group: a search among its members looks at all of those. */
    index('members_nicknamed').on(t.conversationId).where(sql`nickname is not null`),
  ],
);

/**
 * Whom a message speaks to: a row for each who is named, one with the user id `*` for all. No user can be called that. Who has
 * how many unread is counted from it, so a message to all costs one row whatever the size of the group.
 */
export const mentions = pgTable(
  'mentions',
  { conversationId: uuid().notNull(), userId: text().notNull(), seq: counter().notNull() },
  (t) => [
    primaryKey({ columns: [t.conversationId, t.userId, t.seq] }),
    /** Those of a message, which an edit, a revocation and its disappearing take away. */
    index('mentions_message').on(t.conversationId, t.seq),
  ],
);
