import * as z from 'zod/mini';

const storablePattern = /^[^\p{Cs}\0]*$/u;

/** Text that Postgres can store and that is the same after any encoding: no NUL, no half of a surrogate pair. */
export const isStorable = (text: string): boolean => storablePattern.test(text);

/** The same as a check of a schema. */
export const storable = z.regex(storablePattern, 'characters that cannot be stored');

/** One line of it: no line breaks, no other control characters, and none that turn the direction of what stands around it. */
export const oneLine = z.regex(/^[^\p{Cs}\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]*$/u, 'no control characters');

/** A name or a text has something to see: neither spaces nor characters that draw nothing are enough. U+2800 is a blank of Braille. */
export const visible = z.regex(/[^\p{White_Space}\p{Default_Ignorable_Code_Point}\u2800]/u, 'nothing to see');
