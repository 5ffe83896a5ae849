import { limits } from '@nexo/shared';

const encoder = new TextEncoder();

/** How full a message is: nothing to tell below 90 % of the limit; both numbers are UTF-8 bytes. */
export function textSize(text: string): { bytes: number; max: number; tells: boolean; over: boolean } {
  const max = limits.messageTextMaxBytes;
  // A UTF-16 unit is at most three bytes: most texts need no encoding to know that they are short.
  const bytes = text.length * 3 < max * 0.9 ? text.length : encoder.encode(text).length;
  return { bytes, max, tells: bytes >= max * 0.9, over: bytes > max };
}
