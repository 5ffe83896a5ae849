import type { SaidContent } from './index.ts';
import { plainWords } from './plain-words.ts';

// Apart from the schemas, so that a browser which shows messages does not carry the validator.

/** A content as plain text without marks, one case a kind: for quotes, lists, notifications, and clients that do not know the kind. */
export function contentToText(content: SaidContent): string {
  switch (content.type) {
    case 'text':
      return plainWords(content.text);
    case 'image':
      return `📷 ${content.caption ?? 'Photo'}`;
    case 'video':
      return `🎬 ${content.caption ?? `Video ${clockOf(content.durationMs)}`}`;
    case 'voice':
      return `🎤 Voice ${clockOf(content.durationMs)}`;
    case 'file':
      return `📎 ${content.name}`;
    case 'location':
      return `📍 ${content.name ?? 'Location'}`;
    case 'card':
      return `👤 ${content.name}`;
    case 'sticker':
      return content.emoji === undefined ? 'Sticker' : `${content.emoji} Sticker`;
    case 'custom':
      return content.fallback;
    case 'expired':
      return 'A message that has disappeared';
    case 'revoked':
      return 'Message deleted';
    default:
      return 'A message of a kind this version does not know';
  }
}

/** Characters of the quoted message that a reply carries. */
const excerptMaxChars = 200;
/** Characters of a text that its excerpt is made of, marks included. Whoever makes one takes as many: it is the same everywhere. */
export const excerptSourceMaxChars = 2 * excerptMaxChars;

/** The beginning of a content, as a quote shows it. What the system says, and what is gone, has none. */
export function excerptOf(content: { type: string }): string {
  if (content.type === 'notice' || content.type === 'expired' || content.type === 'revoked') return '';
  const said = content as SaidContent;
  const beginning = said.type === 'text' ? { ...said, text: cut(said.text, excerptSourceMaxChars) } : said;
  return cut(contentToText(beginning), excerptMaxChars);
}

function cut(text: string, maxChars: number): string {
  // A character is at most two units; cutting first spares taking a long text apart.
  return [...text.slice(0, maxChars * 2)].slice(0, maxChars).join('');
}

/** A duration as people read it: 0:07, 12:30, 1:02:03. */
export function clockOf(durationMs: number): string {
  const seconds = Math.round(durationMs / 1000);
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'));
  const hours = Math.floor(seconds / 3600);
  return hours > 0 ? `${hours}:${parts.join(':')}` : parts.join(':').replace(/^0/, '');
}

const units = ['B', 'KB', 'MB', 'GB', 'TB'];

/** Bytes as people read them: 820 B, 3.1 MB. */
export function sizeOf(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
