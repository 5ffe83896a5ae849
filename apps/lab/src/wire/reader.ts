import type { ConversationRepair, ListMessagesResult, MessageView, SnapshotResult, StreamItem } from '@nexo/shared';
import { limits } from '@nexo/shared';
import type { WireClient } from './wire-client.ts';

/**
 * One user's view of one conversation: the rule of the cursor and the order of what was applied, without the engine.
 * `applied` is called once per message of the conversation, in its order.
 */
export interface Reader {
  fromSeq: number;
  seqs: number[];
  clientMessageIds: string[];
  repairs: number;
  take(item: StreamItem): void;
  /** Reads the conversation's cursor; call after `sync.events` has started. */
  begin(wire: WireClient): Promise<void>;
  /** Asks the server once more for anything behind the cursor; resolves when there is nothing. */
  finish(): Promise<void>;
}

export function makeReader(conversationId: string, applied: (message: MessageView, now: number) => void): Reader {
  let wire: WireClient | undefined;
  let change = -1;
  /** The highest change that was heard of, applied or not. */
  let heard = 0;
  let repairing: Promise<void> | null = null;

  const reader: Reader = {
    fromSeq: 1,
    seqs: [],
    clientMessageIds: [],
    repairs: 0,
    take(item) {
      if (item.type === 'resync') {
        repair();
      } else if (item.type === 'positions') {
        for (const position of item.conversations) if (position.id === conversationId) hear(position.change);
      } else if ('conversationId' in item && item.conversationId === conversationId && 'change' in item) {
        if (change < 0 || repairing !== null) {
          heard = Math.max(heard, item.change);
        } else if (item.change === change + 1) {
          change = item.change;
          if (item.type === 'message.sent') apply(item.message);
        } else {
          hear(item.change);
        }
      }
    },
    async begin(connected) {
      wire = connected;
      let cursor: string | null = null;
      do {
        const page: SnapshotResult = await wire.call('query', 'sync.snapshot', cursor === null ? {} : { cursor });
        const view = page.items.find((item) => item.id === conversationId);
        if (view !== undefined) {
          reader.fromSeq = view.head.seq + 1;
          change = view.head.change;
          if (heard > change) repair();
          return;
        }
        cursor = page.nextCursor;
      } while (cursor !== null);
      throw new Error(`The snapshot does not have the conversation ${conversationId}.`);
    },
    async finish() {
      await repairing;
      await fetchBehind();
    },
  };

  function hear(at: number): void {
    heard = Math.max(heard, at);
    if (heard > change) repair();
  }

  function repair(): void {
    if (repairing !== null || wire === undefined) return;
    reader.repairs++;
    repairing = fetchBehind().finally(() => {
      repairing = null;
      if (heard > change) repair();
    });
    repairing.catch(() => {});
  }

  async function fetchBehind(): Promise<void> {
    if (wire === undefined) return;
    const answer = await wire.call<ConversationRepair>('query', 'sync.changes', { conversationId, since: change });
    if (answer.kind === 'gone') throw new Error(`The conversation ${conversationId} is gone.`);
    if (answer.kind === 'reset') return fetchPages();
    for (const message of answer.messages.sort((a, b) => a.seq - b.seq)) apply(message);
    change = Math.max(change, answer.head.change);
  }

  /** Further behind than `sync.changes` repairs: page by page from the last seq. */
  async function fetchPages(): Promise<void> {
    for (;;) {
      const after = reader.seqs.at(-1) ?? reader.fromSeq - 1;
      const input = { conversationId, after, limit: limits.pageMax };
      const page = await (wire as WireClient).call<ListMessagesResult>('query', 'messages.list', input);
      for (const message of page.items) apply(message);
      if (!page.hasAfter) {
        change = Math.max(change, page.head.change);
        return;
      }
    }
  }

  function apply(message: MessageView): void {
    reader.seqs.push(message.seq);
    reader.clientMessageIds.push(message.clientMessageId);
    applied(message, performance.now());
  }

  return reader;
}
