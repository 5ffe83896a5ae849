import { Cell } from '../store/cells.ts';
import type { Runtime } from '../types/options.ts';
import type { OutboxSummary } from '../types/store.ts';
import { type Item, localMs, type PendingMessage, stateOf } from './item.ts';
import type { Queues } from './queues.ts';

export interface ShowingOptions {
  queues: Queues;
  runtime: Runtime;
  isLive(): boolean;
  /** The pending messages of a conversation are others, or look different. */
  changed(conversationId: string): void;
}

/** How the outbox looks: its messages per conversation, and how many there are. */
export interface Showing {
  readonly summary: Cell<OutboxSummary>;
  /** In the order of sending; the same array until something in it changes. */
  pendingOf(conversationId: string): readonly PendingMessage[];
  /** Shows a conversation anew. */
  show(conversationId: string): void;
  /** Recomputes how one message looks. */
  look(item: Item): void;
  stop(): void;
}

export function makeShowing({ queues, runtime, isLive, changed }: ShowingOptions): Showing {
  const summary = new Cell<OutboxSummary>({ pending: 0, failed: 0 });
  const shown = new Map<string, readonly PendingMessage[]>();
  let ticker: unknown;

  function look(item: Item): void {
    const state = stateOf(item, runtime.now(), isLive());
    if (state === item.pending.state) return;
    item.pending = { ...item.pending, state };
    show(item.pending.entry.conversationId);
  }

  function show(conversationId: string): void {
    shown.delete(conversationId);
    let pending = 0;
    let failed = 0;
    for (const item of queues.all()) {
      if (item.phase === 'failed') failed++;
      else if (item.pending.acknowledged === undefined) pending++;
    }
    const before = summary.get();
    if (before.pending !== pending || before.failed !== failed) summary.set({ pending, failed });
    changed(conversationId);
    tick();
  }

  /** Looks change with time only while something is on its way. */
  function tick(): void {
    if (ticker !== undefined || summary.get().pending === 0) return;
    ticker = runtime.setTimeout(() => {
      ticker = undefined;
      for (const item of queues.all()) look(item);
      tick();
    }, localMs / 2);
  }

  return {
    summary,
    pendingOf(conversationId) {
      let list = shown.get(conversationId);
      if (list === undefined) {
        list = queues.of(conversationId).map(({ pending }) => pending);
        if (list.length > 0) shown.set(conversationId, list);
      }
      return list;
    },
    show,
    look,
    stop() {
      runtime.clearTimeout(ticker);
      ticker = undefined;
    },
  };
}
