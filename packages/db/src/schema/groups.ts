import { sql } from 'drizzle-orm';
import { boolean, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { counter, instant } from './columns.ts';

const audience = { enum: ['everyone', 'admins'] } as const;

/** Profile and rules of a group conversation. */
export const groups = pgTable('groups', {
  conversationId: uuid().primaryKey(),
  name: text().notNull(),
  avatarUrl: text(),
  introduction: text(),
  announcement: text(),
  /** A developer's own values: strings by name. */
  fields: jsonb().notNull().default({}),
  joinMode: text({ enum: ['free', 'approval', 'invitation'] })
    .notNull()
    .default('invitation'),
  invitations: text({ enum: ['free', 'approval', 'admins'] })
    .notNull()
    .default('free'),
  membersVisibleTo: text(audience).notNull().default('everyone'),
  contactsBy: text(audience).notNull().default('everyone'),
  mentionAllBy: text(audience).notNull().default('admins'),
  historyForNewcomers: text({ enum: ['all', 'fromJoining'] })
    .notNull()
    .default('fromJoining'),
  mutedAll: boolean().notNull().default(false),
  maxMembers: integer().notNull(),
  memberCount: integer().notNull(),
  createdBy: text().notNull(),
  createdAt: instant().notNull().defaultNow(),
  dismissedAt: instant(),
  /** The conversation's change that last touched this row. */
  change: counter().notNull().default(0),
});

/** Who applied to a group, or was invited where an admin decides. One row a user: who is refused may apply again. */
export const groupRequests = pgTable(
  'group_requests',
  {
    conversationId: uuid().notNull(),
    userId: text().notNull(),
    message: text(),
    inviterId: text(),
    /** Of the link by which they came: it is used once they are let in. */
    linkCode: text(),
    /** The group's name then: who is not in it hears of no other. */
    groupName: text().notNull().default(''),
    status: text({ enum: ['pending', 'accepted', 'refused'] }).notNull(),
    requestedAt: instant().notNull(),
    handledBy: text(),
    handledAt: instant(),
  },
  (t) => [
    primaryKey({ columns: [t.conversationId, t.userId] }),
    index('group_requests_pending').on(t.conversationId, t.requestedAt, t.userId).where(sql`status = 'pending'`),
    index('group_requests_user').on(t.userId, t.requestedAt),
  ],
);

/**
 * Invitation links. The code is kept as it is: those who manage the group are shown it again, and whoever can read this table can
 * read what it opens.
 */
export const groupLinks = pgTable(
  'group_links',
  {
    code: text().primaryKey(),
    conversationId: uuid().notNull(),
    createdBy: text().notNull(),
    createdAt: instant().notNull(),
    expiresAt: instant(),
    maxUses: integer(),
    uses: integer().notNull().default(0),
    approval: boolean().notNull().default(false),
    revokedAt: instant(),
  },
  (t) => [index('group_links_conversation').on(t.conversationId)],
);
