import type { ChatClient, TimelineMessage } from '@nexo/client';
import { editOf, setEdit } from '../composer/composer-notes.ts';
import { focusComposer } from '../composer/focus-composer.ts';
import { tellTrouble } from '../own-settings/action-trouble.ts';

/** Puts the words of a message into the composer. The draft waits, and comes back when the edit is over, or left. */
export function beginEdit(conversationId: string, message: TimelineMessage): void {
  if (message.seq === undefined || message.content.type !== 'text') return;
  const { text, mentions = [] } = message.content;
  // Whom it speaks to, it goes on speaking to, as long as their names stand in it.
  setEdit(conversationId, { seq: message.seq, original: text, text, mentions });
  focusComposer();
}

/** Back to what was being written before. */
export function endEdit(conversationId: string): void {
  setEdit(conversationId, undefined);
}

/** What is to be written anew is not written into an edit. One that has changed nothing is left for it; else the edit comes first: false. */
export function makeRoomForDraft(conversationId: string): boolean {
  const edit = editOf(conversationId);
  if (edit === undefined) return true;
  if (edit.text === edit.original) {
    endEdit(conversationId);
    return true;
  }
  focusComposer();
  tellTrouble('Save your edit or cancel it first.', 'messages');
  return false;
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
