import { index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { hash, instant } from './columns.ts';

/** argon2id in its encoded form: parameters and salt are inside. */
export const credentials = pgTable('credentials', {
  userId: text().primaryKey(),
  passwordHash: text().notNull(),
  updatedAt: instant().notNull().defaultNow(),
});

/** Wrong passwords for an account within a day, until its owner is told of them. */
export const wrongPasswords = pgTable('wrong_passwords', {
  userId: text().primaryKey(),
  /** Those that the owner has not been told of. */
  tries: integer().notNull(),
  firstAt: instant().notNull(),
  /** Of the message that will tell of them. */
  noticeId: uuid().notNull(),
  toldAt: instant(),
});

/** One login on one platform; every token of it falls with it. */
export const sessions = pgTable(
  'sessions',
  {
    id: uuid().primaryKey(),
    userId: text().notNull(),
    platform: text().notNull(),
    deviceName: text(),
    transport: text({ enum: ['token', 'cookie'] }).notNull(),
    /** The network address it was last seen at. */
    address: text(),
    createdAt: instant().notNull().defaultNow(),
    lastSeenAt: instant().notNull().defaultNow(),
    expiresAt: instant().notNull(),
    revokedAt: instant(),
    revokeReason: text({ enum: ['logout', 'revoked', 'replaced', 'reuse', 'password', 'backend', 'suspended'] }),
  },
  (t) => [index('sessions_user').on(t.userId)],
);

/**
 * Access and refresh tokens, only ever as SHA-256. A used refresh token stays until it expires: to meet it again once its successor has
 * been used means theft.
 */
export const tokens = pgTable(
  'tokens',
  {
    hash: hash().primaryKey(),
    sessionId: uuid().notNull(),
    kind: text({ enum: ['access', 'refresh'] }).notNull(),
    createdAt: instant().notNull().defaultNow(),
    expiresAt: instant().notNull(),
    usedAt: instant(),
    /** The refresh token that was exchanged for this one. */
    parentHash: hash(),
    /** Of a refresh token: when what it was exchanged for was first used, or another took its place. */
    succeededAt: instant(),
  },
  (t) => [index('tokens_session').on(t.sessionId), index('tokens_expiry').on(t.expiresAt)],
);
