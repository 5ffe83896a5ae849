import * as z from 'zod/mini';

/** A family of four with skin tones has 41 code units; flags of regions are shorter. */
const emojiMaxChars = 64;

const onePart = String.raw`\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?(?:[\u{E0020}-\u{E007E}]+\u{E007F})?`;
/** By the shape, not by a list: a server older than a new emoji takes it all the same. */
const oneEmoji = new RegExp(
  String.raw`^(?:\p{Regional_Indicator}{2}|[0-9#*]\uFE0F?\u20E3|${onePart}(?:\u200D${onePart})*)$`,
  'u',
);

/** Exactly one emoji, as one can be typed; `canonicalEmoji` makes the same of every way to write it. */
export const emojiSchema = z.string().check(z.minLength(1), z.maxLength(emojiMaxChars), z.regex(oneEmoji, 'one emoji'));
