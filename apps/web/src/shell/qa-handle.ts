import type { ChatClient, OutboxSummary } from '@nexo/client';

/** What tests and people at the console may ask in builds for development and QA. */
interface QaHandle {
  /** Whether everything is sent and caught up. */
  idle(): boolean;
  outbox(): OutboxSummary;
  /** Head and last change of every conversation that is known here. */
  cursors(): Record<string, { seq: number; change: number }>;
}

declare global {
  interface Window {
    __nexo?: QaHandle;
  }
}

/** Puts `window.__nexo` there. Never in a production build: the branch is cut out of it. */
export function exposeForQa(client: ChatClient): void {
  if (process.env.NODE_ENV === 'production' && process.env.NEXT_PUBLIC_NEXO_QA !== '1') return;
  const { store } = client;
  window.__nexo = {
    idle: () => store.connection.get().name === 'live' && store.outbox.get().pending === 0,
    outbox: () => store.outbox.get(),
    cursors: () =>
      Object.fromEntries(
        store.conversationIds.get().flatMap((id) => {
          const head = store.conversation(id).get()?.head;
          return head === undefined ? [] : [[id, head]];
        }),
      ),
  };
}
