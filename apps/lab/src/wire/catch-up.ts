import type { ConversationRepair, Head, ListMessagesResult, MessageView, SnapshotResult } from '@nexo/shared';
import { limits } from '@nexo/shared';
import type { WireClient } from './wire-client.ts';

/** How far a conversation has been read: the last change, and the seq of the last message. */
export interface ReadingPosition {
  change: number;
  seq: number;
}

/** The head of a conversation as the snapshot has it: where one begins who has no store. */
export async function findHead(wire: WireClient, conversationId: string): Promise<Head> {
  let cursor: string | null = null;
  do {
    const page: SnapshotResult = await wire.call('query', 'sync.snapshot', cursor === null ? {} : { cursor });
    const view = page.items.find((item) => item.id === conversationId);
    if (view !== undefined) return view.head;
    cursor = page.nextCursor;
  } while (cursor !== null);
  throw new Error(`The snapshot does not have the conversation ${conversationId}.`);
}

/** Fetches what the conversation has behind `position`, which `apply` moves to each message, and moves its change to the head. */
export async function catchUp(
  wire: WireClient,
  conversationId: string,
  position: ReadingPosition,
  apply: (message: MessageView) => void,
): Promise<void> {
  const input = { conversationId, since: position.change };
  const answer = await wire.call<ConversationRepair>('query', 'sync.changes', input);
  if (answer.kind === 'gone') throw new Error(`The conversation ${conversationId} is gone.`);
  if (answer.kind === 'reset') return catchUpByPages(wire, conversationId, position, apply);
  for (const message of answer.messages.sort((a, b) => a.seq - b.seq)) apply(message);
  position.change = Math.max(position.change, answer.head.change);
}

/** Further behind than `sync.changes` repairs: page by page from the last seq. */
async function catchUpByPages(
  wire: WireClient,
  conversationId: string,
  position: ReadingPosition,
  apply: (message: MessageView) => void,
): Promise<void> {
  for (;;) {
    const input = { conversationId, after: position.seq, limit: limits.pageMax };
    const page = await wire.call<ListMessagesResult>('query', 'messages.list', input);
    for (const message of page.items) apply(message);
    if (!page.hasAfter) {
      position.change = Math.max(position.change, page.head.change);
      return;
    }
  }
}
