import type { Item } from './item.ts';

/** What is on its way: by id, and per conversation in the order of sending. */
export interface Queues {
  readonly size: number;
  get(clientMessageId: string): Item | undefined;
  all(): Item[];
  of(conversationId: string): readonly Item[];
  conversationIds(): string[];
  /** The place follows from the position of its entry. */
  add(item: Item): void;
  remove(item: Item): void;
}

export function makeQueues(): Queues {
  const items = new Map<string, Item>();
  const queues = new Map<string, Item[]>();
  return {
    get size() {
      return items.size;
    },
    get: (clientMessageId) => items.get(clientMessageId),
    all: () => [...items.values()],
    of: (conversationId) => queues.get(conversationId) ?? [],
    conversationIds: () => [...queues.keys()],
    add(item) {
      const { clientMessageId, conversationId, position } = item.pending.entry;
      items.set(clientMessageId, item);
      const queue = queues.get(conversationId) ?? [];
      let at = queue.length;
      while (at > 0 && (queue[at - 1]?.pending.entry.position ?? 0) > position) at--;
      queue.splice(at, 0, item);
      queues.set(conversationId, queue);
    },
    remove(item) {
      const { clientMessageId, conversationId } = item.pending.entry;
      items.delete(clientMessageId);
      const rest = (queues.get(conversationId) ?? []).filter((other) => other !== item);
      if (rest.length === 0) queues.delete(conversationId);
      else queues.set(conversationId, rest);
    },
  };
}
