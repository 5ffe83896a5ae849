import type { Mention } from '@nexo/shared';

/** A stretch of a text: plain, or the name of somebody who is spoken to; `*` is everybody. */
export interface NamedPart {
  text: string;
  userId?: string;
}

/** Finds the `@names` in a text that mean somebody. Of two names that begin alike the longer one. */
export function splitMentions(text: string, mentions: readonly Mention[], all: boolean): NamedPart[] {
  const byName = new Map(mentions.map(({ name, userId }) => [name, userId]));
  if (all) byName.set('all', '*');
  if (byName.size === 0) return [{ text }];
  const names = [...byName.keys()].sort((a, b) => b.length - a.length).map((name) => name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const parts: NamedPart[] = [];
  let end = 0;
  for (const match of text.matchAll(new RegExp(`@(${names.join('|')})(?![\\p{L}\\p{N}_])`, 'gu'))) {
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    parts.push({ text: match[0], userId: byName.get(match[1] ?? '') ?? '' });
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}
