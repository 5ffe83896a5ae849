import type { TextContent } from './text.ts';

/** Whom a content speaks to by name, each once: ids that differ in case alone are one user's. */
export function mentionedIn(content: { type: string } | TextContent): string[] {
  if (!('mentions' in content)) return [];
  const named = content.mentions?.map(({ userId }) => [userId.toLowerCase(), userId] as const);
  return [...new Map(named).values()];
}

/** Whether a content speaks to this user, by name or as one of all. */
export function isMentioned(content: { type: string } | TextContent, userId: string): boolean {
  if (content.type !== 'text' || !('text' in content)) return false;
  const id = userId.toLowerCase();
  return content.mentionsAll === true || (content.mentions?.some((mention) => mention.userId.toLowerCase() === id) ?? false);
}
