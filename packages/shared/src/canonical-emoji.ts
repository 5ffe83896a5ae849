// Apart from the schema, so that a browser does not carry the validator.

/**
 * The one way to write an emoji. The sign that asks for the coloured picture (U+FE0F) may be left out when it is typed, and then the
 * same heart would be two kinds of reaction.
 */
export function canonicalEmoji(emoji: string): string {
  const bare = emoji.replaceAll('\uFE0F', '');
  return bare.replace(/([0-9#*])\u20E3|\p{Extended_Pictographic}(?!\p{Emoji_Modifier})/gu, (part, keycap: string | undefined) => {
    if (keycap !== undefined) return `${keycap}\uFE0F\u20E3`;
    return /\p{Emoji_Presentation}/u.test(part) ? part : `${part}\uFE0F`;
  });
}
