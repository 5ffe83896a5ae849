import { v5, v7 } from 'uuid';
import * as z from 'zod/mini';
import { limits } from './limits.ts';

/** Chosen at registration or by the customer's backend. Case is kept; two ids that differ only in case cannot both exist. */
export const userIdSchema = z.string().check(z.minLength(1), z.maxLength(limits.userIdMaxChars), z.regex(/^[A-Za-z0-9._@-]+$/));

/** Any id but a user's: a UUID in its canonical lower-case form. */
export const uuidSchema = z
  .string()
  .check(z.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, 'a lower-case UUID'));

/** Number of a message in its conversation, or of a change: 1, 2, 3 … */
export const seqSchema = z.int().check(z.minimum(0));

/** A new time-ordered id (UUIDv7). `msecs` lets a test turn the clock. */
export function newId(msecs?: number): string {
  return msecs === undefined ? v7() : v7({ msecs });
}

const groupNamespace = 'c2a4f0d8-1e6b-5d39-8a57-94b2e07f6c13';
const directNamespace = '6f1e3a52-6f0b-5c57-9d0e-3a0c1b7b5d10';
const selfNamespace = '0b9d6c1e-8a35-5a0f-b1de-5f1b3a4c7d22';

/**
 * The id of the direct conversation of two users: a UUIDv5 of the sorted pair, so that both sides and every retry compute the
 * same id without a look-up. Takes the ids as they are stored (see {@link userIdSchema} on case).
 */
export function directConversationId(a: string, b: string): string {
  return v5([a, b].sort().join('\n'), directNamespace);
}

/** The id of a user's notes to oneself. */
export function selfConversationId(userId: string): string {
  return v5(userId, selfNamespace);
}

/** The id of the group that a user makes under a `clientGroupId` of their own: a retry computes the same. */
export function groupConversationId(creatorId: string, clientGroupId: string): string {
  return v5(`${creatorId}\n${clientGroupId}`, groupNamespace);
}
