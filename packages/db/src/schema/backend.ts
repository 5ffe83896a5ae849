import { index, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { hash, instant } from './columns.ts';

/** Keys of the customer's own servers, only ever as SHA-256. A revoked key stays, so that its name can still be read in a list. */
export const apiKeys = pgTable('api_keys', {
  id: uuid().primaryKey(),
  /** What people call it. */
  name: text().notNull(),
  hash: hash().notNull().unique(),
  /** Its last characters, to tell keys of one name apart. */
  ending: text().notNull(),
  /** Separated by spaces. */
  scopes: text().notNull(),
  createdAt: instant().notNull(),
  /** To the minute. Null: never. */
  lastUsedAt: instant(),
  revokedAt: instant(),
});

/** One-time entries that a customer's server has asked for a user: whoever brings one in time is let in as that user. */
export const tickets = pgTable(
  'tickets',
  {
    hash: hash().primaryKey(),
    userId: text().notNull(),
    createdAt: instant().notNull(),
    expiresAt: instant().notNull(),
  },
  (t) => [index('tickets_expiry').on(t.expiresAt)],
);
