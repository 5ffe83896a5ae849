import type { ChatClient, TimelineMessage } from '@nexo/client';
import { type Draft, draftOf, useDrafts } from '../composer/drafts.ts';
import { focusComposer } from '../composer/focus-composer.ts';

/** Puts the words of a message into the composer. What stood there comes back when the edit is over, or left. */
export function beginEdit(conversationId: string, message: TimelineMessage): void {
  if (message.seq === undefined || message.content.type !== 'text') return;
  const now = draftOf(conversationId);
  const before: Draft = now.editing === undefined ? now : (now.editing.before ?? { text: '' });
  const { text, mentions } = message.content;
  // Whom it speaks to, it goes on speaking to, as long as their names stand in it.
  const named = mentions === undefined ? {} : { mentions: [...mentions] };
  useDrafts.getState().set(conversationId, { text, ...named, editing: { seq: message.seq, original: text, before } });
  focusComposer();
}

/** Back to what was being written before. */
export function endEdit(conversationId: string): void {
  const { editing } = draftOf(conversationId);
  useDrafts.getState().set(conversationId, editing?.before ?? { text: '' });
}

/** The last of one's own that may be edited. */
export function lastEditable(
  client: ChatClient,
  conversationId: string,
  meId: string,
  mayEdit: (message: TimelineMessage) => boolean,
): TimelineMessage | undefined {
  const { items } = client.store.timeline(conversationId).get();
  return items.findLast(
    (item) => item.seq !== undefined && item.senderId === meId && item.content.type === 'text' && mayEdit(item),
  );
}
