import type { TextContent } from './text.ts';

/** Whom a content speaks to by name, each once. */
export function mentionedIn(content: { type: string } | TextContent): string[] {
  return 'mentions' in content ? [...new Set(content.mentions?.map((mention) => mention.userId))] : [];
}

/** Whether a content speaks to this user, by name or as one of all. */
export function isMentioned(content: { type: string } | TextContent, userId: string): boolean {
  if (content.type !== 'text' || !('text' in content)) return false;
  return content.mentionsAll === true || (content.mentions?.some((mention) => mention.userId === userId) ?? false);
}
