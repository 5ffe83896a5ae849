import { integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { counter, instant } from './columns.ts';

/** Profile and rules of a group conversation. */
export const groups = pgTable('groups', {
  conversationId: uuid().primaryKey(),
  name: text().notNull(),
  avatarUrl: text(),
  introduction: text(),
  maxMembers: integer().notNull(),
  memberCount: integer().notNull(),
  createdBy: text().notNull(),
  createdAt: instant().notNull().defaultNow(),
  /** The conversation's change that last touched this row. */
  change: counter().notNull().default(0),
});
