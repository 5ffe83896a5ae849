'use client';

import { useChatClient, useOutbox, useStorageHealth } from '@nexo/client/react';
import { Fragment, type ReactNode } from 'react';
import { openConversation } from '../shell/route.ts';
import { useTrouble } from './trouble.ts';

/**
 * One line under the header that tells what is wrong, in words. It lies over the messages, so that nothing moves when it comes.
 */
export function ConnectionBar() {
  const client = useChatClient();
  const trouble = useTrouble();
  const { failed } = useOutbox();
  const storage = useStorageHealth();

  let line: ReactNode = null;
  let state = 'quiet';
  if (trouble?.kind === 'offline') {
    state = 'offline';
    line = <Line dot="warn">You’re offline. Messages will be sent when you’re back.</Line>;
  } else if (trouble?.kind === 'connecting') {
    state = 'connecting';
    line = (
      <Line>Connecting… {trouble.canRetry ? <LineButton onClick={() => client.retryNow()}>Retry now</LineButton> : null}</Line>
    );
  } else if (trouble?.kind === 'updating') {
    state = 'updating';
    line = (
      <Line>
        <span className="bar-line" aria-hidden="true" />
        Updating…
      </Line>
    );
  } else if (failed > 0) {
    state = 'failed';
    line = (
      <Line dot="danger">
        {failed === 1 ? '1 message not sent.' : `${failed} messages not sent.`}{' '}
        <LineButton onClick={() => client.messages.retryAll()}>Retry all</LineButton> <span aria-hidden="true">·</span>{' '}
        <LineButton onClick={() => review(client)}>Review</LineButton>
      </Line>
    );
  } else if (storage === 'failed') {
    state = 'storage';
    line = <Line dot="warn">This browser can’t save chats right now. Keep this tab open until messages are sent.</Line>;
  } else if (trouble?.kind === 'back') {
    state = 'back';
    line = <Line dot="ok">Back online</Line>;
  }
  return (
    <div role="status" aria-live="polite" data-testid="connection-bar" data-state={state} className="connection-bar">
      {/* Other words are another line, not one that moved. */}
      <Fragment key={state}>{line}</Fragment>
    </div>
  );
}

/** Opens the first conversation that holds a message which was not sent. */
function review(client: ReturnType<typeof useChatClient>): void {
  const { store } = client;
  const id = store.conversationIds.get().find((conversationId) =>
    store
      .timeline(conversationId)
      .get()
      .items.some((item) => item.state === 'failed'),
  );
  if (id !== undefined) openConversation(id);
}

const dots = { warn: 'bg-warn', ok: 'bg-ok', danger: 'bg-danger' };

function Line({ dot, children }: { dot?: keyof typeof dots; children: ReactNode }) {
  return (
    <div
      className={`relative flex h-8 items-center justify-center gap-2 overflow-hidden border-border border-b bg-surface px-3 text-[13px] leading-[18px] max-[600px]:text-[12px] ${
        dot === 'danger' ? 'text-danger' : dot === undefined ? 'text-muted' : 'text-text'
      }`}
    >
      {dot === undefined ? null : <span aria-hidden="true" className={`size-2 shrink-0 rounded-full ${dots[dot]}`} />}
      <span className="min-w-0 truncate [&>*]:ms-1">{children}</span>
    </div>
  );
}

function LineButton({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <button type="button" onClick={onClick} className="font-semibold underline underline-offset-2">
      {children}
    </button>
  );
}
