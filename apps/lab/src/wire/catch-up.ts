import type { ConversationRepair, Head, ListMessagesResult, MessageView, SnapshotResult } from '@nexo/shared';
import { limits } from '@nexo/shared';
import type { WireClient } from './wire-client.ts';

/** How far a conversation has been read: the last change, and the seq of the last message. */
export interface ReadingPosition {
  change: number;
  seq: number;
}

/** The heads of conversations as the snapshot has them: where one begins who has no store. */
export async function readHeads(wire: WireClient, conversationIds: readonly string[]): Promise<Map<string, Head>> {
  const missing = new Set(conversationIds);
  const heads = new Map<string, Head>();
  let cursor: string | null = null;
  do {
    const page: SnapshotResult = await wire.call('query', 'sync.snapshot', cursor === null ? {} : { cursor });
    for (const { id, head } of page.items) if (missing.delete(id)) heads.set(id, head);
    cursor = page.nextCursor;
  } while (cursor !== null && missing.size > 0);
  return heads;
}

/** The head of one conversation. Throws when the snapshot does not have it. */
export async function findHead(wire: WireClient, conversationId: string): Promise<Head> {
  const head = (await readHeads(wire, [conversationId])).get(conversationId);
  if (head === undefined) throw new Error(`The snapshot does not have the conversation ${conversationId}.`);
  return head;
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
