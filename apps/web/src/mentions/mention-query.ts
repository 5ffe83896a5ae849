import type { Mention } from '@nexo/shared';
import { splitMentions } from '../content/split-mentions.ts';

/** What is being typed after an @, up to the caret. */
export interface MentionQuery {
  /** Where the @ stands. */
  from: number;
  words: string;
}

/** Longest name that is looked for (characters). */
const queryMaxChars = 40;

/** The @ that the caret stands behind; null when nobody is about to be spoken to. An @ within a word is an address. */
export function mentionQuery(text: string, caret: number): MentionQuery | null {
  const before = text.slice(Math.max(0, caret - queryMaxChars - 1), caret);
  const at = before.lastIndexOf('@');
  if (at === -1) return null;
  const words = before.slice(at + 1);
  const previous = before[at - 1];
  const isWithinWord = previous !== undefined && /[\p{L}\p{N}_.@-]/u.test(previous);
  // A name may have a space in it, but nothing begins with one.
  if (isWithinWord || /[\n\t]|^\s|\s\s|\s\S+\s/.test(words)) return null;
  return { from: caret - words.length - 1, words };
}

/** A text in which a name was just completed, and where the caret stands then. */
export interface Completed {
  text: string;
  caret: number;
}

/** The text with the name in place of what was typed; the caret is where one writes on, behind one space or before a sign. */
export function withMention(text: string, query: MentionQuery, name: string): Completed {
  const after = text.slice(query.from + 1 + query.words.length);
  const head = `${text.slice(0, query.from)}@${name}`;
  if (/^[ \u00A0]/.test(after)) return { text: head + after, caret: head.length + 1 };
  const space = /^\p{P}/u.test(after) ? '' : ' ';
  return { text: head + space + after, caret: head.length + space.length };
}

/**
 * What is meant by what was typed right behind a completed name: the space is there already, and a sign takes its place. Null: as it
 * was typed.
 */
export function afterCompletion({ text, caret }: Completed, typed: string): Completed | null {
  const [head, tail] = [text.slice(0, caret), text.slice(caret)];
  const sign = typed.slice(caret, caret + 1);
  if (!head.endsWith(' ') || typed !== head + sign + tail) return null;
  if (sign === ' ') return { text, caret };
  return tail === '' && /^[.,!?]$/.test(sign) ? { text: head.slice(0, -1) + sign, caret } : null;
}

/** Those of the chosen who still stand in the text, each once. */
export function mentionsIn(text: string, chosen: readonly Mention[]): Mention[] {
  const byId = new Map(chosen.map((mention) => [mention.userId, mention]));
  return [...byId.values()].filter(({ name }) => text.includes(`@${name}`));
}

/**
 * People whose whole name stands in the text behind an @, as it does in a draft that comes from another device: it does not say whom it
 * means. A name that several have means nobody until one of them is chosen.
 */
export function namedInFull(text: string, people: readonly Mention[]): Mention[] {
  if (!text.includes('@')) return [];
  const byName = new Map<string, Mention | null>();
  for (const { userId, name } of people) byName.set(name, byName.has(name) ? null : { userId, name });
  const known = [...byName.values()].filter((mention) => mention !== null);
  // An @ within a word is an address.
  const words = text.replace(/[\p{L}\p{N}_.@-]@/gu, ' ');
  const ids = new Set(splitMentions(words, known, false).map((part) => part.userId));
  return known.filter(({ userId }) => ids.has(userId));
}

/** Whether a text speaks to all. */
export function speaksToAll(text: string): boolean {
  return /(^|[^\p{L}\p{N}_.@-])@all(?![\p{L}\p{N}_])/u.test(text);
}

/** How well a name fits what was typed: the smaller the better; undefined: not at all. */
export function fitOf(name: string, userId: string, words: string): number | undefined {
  const wanted = words.toLocaleLowerCase();
  const lower = name.toLocaleLowerCase();
  if (lower.startsWith(wanted)) return 0;
  if (lower.split(/\s+/).some((word) => word.startsWith(wanted))) return 1;
  if (userId.toLowerCase().startsWith(wanted)) return 2;
  return undefined;
}
