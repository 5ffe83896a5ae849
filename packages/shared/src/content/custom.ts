import * as z from 'zod/mini';
import * as limits from '../limits.ts';
import { isStorable, oneLine, storable, visible } from '../text.ts';

/** Levels of arrays and objects within each other. */
const jsonMaxDepth = 32;

/**
 * A kind that a developer has declared for their own product ({@link defineCustomKind}). The server takes only kinds that it was
 * told of, and of those only data that their schema accepts.
 */
export const customContentSchema = z.strictObject({
  type: z.literal('custom'),
  kind: z.string().check(z.maxLength(64), z.regex(/^[a-z0-9]+([._-][a-z0-9]+)*$/, 'a name such as acme.poll')),
  data: z
    .record(z.string(), z.unknown())
    .check(z.refine((value) => isJson(value), 'JSON of at most 32 levels, of characters that can be stored')),
  /** What is shown where the kind is not known: in lists, notifications, older clients. */
  fallback: z.string().check(z.maxLength(limits.customFallbackMaxChars), visible, oneLine, storable),
});
export type CustomContent = z.infer<typeof customContentSchema>;

/** Whether a value is what JSON can carry and Postgres can store, and not so deep that walking through it could exhaust a stack. */
function isJson(value: unknown, depth = 0): boolean {
  if (value === null || typeof value === 'boolean') return true;
  if (typeof value === 'string') return isStorable(value);
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth >= jsonMaxDepth) return false;
  return Object.entries(value).every(([key, part]) => isStorable(key) && isJson(part, depth + 1));
}
