import * as z from 'zod/mini';

/** Text that Postgres can store and that is the same after any encoding: no NUL, no half of a surrogate pair. */
export const storable = z.regex(/^[^\p{Cs}\0]*$/u, 'characters that cannot be stored');

/** One line of it: no line breaks and no other control characters. */
export const oneLine = z.regex(/^[^\p{Cs}\p{Cc}]*$/u, 'no control characters');
