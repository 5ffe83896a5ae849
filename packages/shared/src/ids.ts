import * as z from 'zod/mini';
import * as limits from './limits.ts';

/** Chosen at registration or by the customer's backend. Case is kept; two ids that differ only in case cannot both exist. */
export const userIdSchema = z.string().check(z.minLength(1), z.maxLength(limits.userIdMaxChars), z.regex(/^[A-Za-z0-9._@-]+$/));

/** Any id but a user's: a UUID in its canonical lower-case form. */
export const uuidSchema = z
  .string()
  .check(z.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, 'a lower-case UUID'));

/** Number of a message in its conversation, or of a change: 1, 2, 3 … */
export const seqSchema = z.int().check(z.minimum(0));
