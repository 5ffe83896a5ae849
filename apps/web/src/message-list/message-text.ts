import { LinkifyIt } from 'linkify-it';

/** A stretch of a message: plain, or an address that is safe to follow. */
export type TextPart = { text: string; href?: string };

const linkify = new LinkifyIt({ fuzzyEmail: true, fuzzyLink: true }).add('ftp:', null).add('//', null);
/** Texts beyond this (characters) are shown without links: looking for them must never hold up a row. */
const linkifyMaxChars = 20_000;

/** Finds the addresses in a text. Only http, https and mailto ever become links; everything else stays text. */
export function splitLinks(text: string): TextPart[] {
  if (text.length > linkifyMaxChars) return [{ text }];
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of linkify.match(text) ?? []) {
    if (!/^(https?:\/\/|mailto:)/i.test(match.url)) continue;
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    parts.push({ text: match.raw, href: match.url });
    end = match.lastIndex;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

const emojiPattern = '^(?:\\p{RGI_Emoji}\\s*){1,3}$';

/** Made at run time: an engine without the `v` flag must not refuse the whole file. */
const emojiOnly = (() => {
  try {
    return new RegExp(emojiPattern, 'v');
  } catch {
    return undefined;
  }
})();

/** One to three emoji alone are shown large. */
export function isJumboEmoji(text: string): boolean {
  // An emoji can be many code units; nothing longer than this is three of them.
  return text.length <= 100 && emojiOnly?.test(text.trim()) === true;
}
