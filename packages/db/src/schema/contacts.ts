import { index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { counter, instant } from './columns.ts';

/**
 * What one person keeps of another. Two rows make a contact, one for each side. A row stays when the contact ends, so that a client
 * which was away learns of it by its number.
 */
export const contacts = pgTable(
  'contacts',
  {
    ownerId: text().notNull(),
    contactId: text().notNull(),
    /** The owner's own name for them. */
    remark: text(),
    pinnedAt: instant(),
    addedAt: instant().notNull(),
    removedAt: instant(),
    /** The owner's private change that last touched this row. */
    userChange: counter().notNull(),
  },
  (t) => [primaryKey({ columns: [t.ownerId, t.contactId] }), index('contacts_change').on(t.ownerId, t.userChange)],
);

/** The last request of one person to another; a new one takes its place. Without an end it is pending until it expires. */
export const contactRequests = pgTable(
  'contact_requests',
  {
    fromId: text().notNull(),
    toId: text().notNull(),
    message: text(),
    sentAt: instant().notNull(),
    expiresAt: instant().notNull(),
    endedAt: instant(),
    end: text({ enum: ['accepted', 'refused', 'cancelled'] }),
    /** The private changes of both sides that last touched this row. */
    fromChange: counter().notNull(),
    toChange: counter().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.fromId, t.toId] }),
    index('contact_requests_to').on(t.toId, t.fromId),
    index('contact_requests_expiry').on(t.expiresAt),
  ],
);

/** Whom the owner has blocked. A row stays when the block ends, like those of contacts. */
export const blocks = pgTable(
  'blocks',
  {
    ownerId: text().notNull(),
    blockedId: text().notNull(),
    blockedAt: instant().notNull(),
    removedAt: instant(),
    userChange: counter().notNull(),
  },
  (t) => [primaryKey({ columns: [t.ownerId, t.blockedId] }), index('blocks_change').on(t.ownerId, t.userChange)],
);
