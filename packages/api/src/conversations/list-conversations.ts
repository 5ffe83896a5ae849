import { AppError, type ConversationView, type ListConversationsInput, limits, uuidSchema } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { readConversationViews } from './conversation-views.ts';

export interface ConversationPage {
  items: ConversationView[];
  /** Null at the end. */
  nextCursor: string | null;
}

/** A page of the caller's conversations, most recently active first, without the hidden ones. */
export async function listConversations(ctx: UserContext, input: ListConversationsInput): Promise<ConversationPage> {
  const limit = input.limit ?? limits.pageDefault;
  const olderThan = input.cursor === undefined ? {} : { olderThan: parseCursor(input.cursor) };
  const items = await readConversationViews(ctx.db.sql, ctx.session.userId, { ...olderThan, listed: true, limit });
  return { items, nextCursor: cursorAfter(items, limit) };
}

/** Where the page after these items begins; null when these were the last. */
export function cursorAfter(items: readonly ConversationView[], limit: number): string | null {
  const last = items.at(-1);
  return last === undefined || items.length < limit ? null : `${last.activeAt}_${last.id}`;
}

/** The place that {@link cursorAfter} named. Throws INVALID_INPUT for anything else. */
export function parseCursor(cursor: string): { activeAt: number; id: string } {
  const match = /^(\d+(?:\.\d+)?)_(.*)$/.exec(cursor);
  if (match?.[1] === undefined || match[2] === undefined || !uuidSchema.safeParse(match[2]).success) {
    throw new AppError('INVALID_INPUT', { message: 'cursor: not one of ours', field: 'cursor' });
  }
  return { activeAt: Number(match[1]), id: match[2] };
}
