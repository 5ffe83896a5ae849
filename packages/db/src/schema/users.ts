import { sql } from 'drizzle-orm';
import { index, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { counter, instant } from './columns.ts';

export const users = pgTable(
  'users',
  {
    id: text().primaryKey(),
    displayName: text().notNull(),
    avatarUrl: text(),
    bio: text(),
    publicFields: jsonb().notNull().default({}),
    privateFields: jsonb().notNull().default({}),
    kind: text({ enum: ['person', 'bot', 'system', 'admin'] })
      .notNull()
      .default('person'),
    settings: jsonb().notNull().default({}),
    /** No session begins while this is set. */
    suspendedAt: instant(),
    createdAt: instant().notNull().defaultNow(),
    updatedAt: instant().notNull().defaultNow(),
  },
  (t) => [
    /** Ids that differ only in case would be a trap for people. */
    uniqueIndex('users_id_caseless').on(sql`lower(${t.id})`),
    /** Search by the beginning of an id or of any word of the name. */
    index('users_search').using('gin', sql`(lower(${t.id} || ' ' || ${t.displayName})) gin_trgm_ops`),
  ],
);

/** The counter of a person's private changes: own read positions, joins, profile, sessions. */
export const userHeads = pgTable('user_heads', {
  userId: text().primaryKey(),
  change: counter().notNull().default(0),
  /** Which private change last touched the profile. */
  profileChange: counter().notNull().default(0),
});
