import { AppError, type DraftView, limits } from '@nexo/shared';
import type { Tx } from '../transact.ts';
import type { Side } from './own-settings.ts';

/**
 * Keeps a draft that was written over the version `over`. `overtaken`: another device has written in between, and has the word; who
 * asks then tells the person of both. The same draft again is `same`, so that a repeated call does no harm.
 */
export async function setDraft(
  tx: Tx,
  { conversationId, userId }: Side,
  wanted: DraftView | null,
  over: number,
): Promise<'written' | 'same' | 'overtaken'> {
  const draft = wanted === null || (wanted.text === '' && wanted.replyTo === undefined) ? null : wanted;
  const json = draft === null ? null : JSON.stringify(draft);
  if (json !== null && Buffer.byteLength(json) > limits.draftMaxBytes) {
    throw new AppError('MESSAGE_TOO_LARGE', {
      message: `draft: more than ${limits.draftMaxBytes} bytes stay on their device`,
      field: 'draft.text',
    });
  }
  const [known] = await tx.sql<{ is_same: boolean; draft_version: number }[]>`
    select draft is not distinct from ${json}::text::jsonb as is_same, draft_version from members
    where conversation_id = ${conversationId} and user_id = ${userId} for update`;
  if (known === undefined || known.is_same) return 'same';
  if (known.draft_version !== over) return 'overtaken';
  await tx.sql`
    update members set draft = ${json}::text::jsonb, draft_version = draft_version + 1
    where conversation_id = ${conversationId} and user_id = ${userId}`;
  return 'written';
}
