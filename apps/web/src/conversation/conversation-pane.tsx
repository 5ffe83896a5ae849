'use client';

import { useChatClient, useConnection, useConversation, useMe, useReady, useTimeline } from '@nexo/client/react';
import { useEffect, useState } from 'react';
import { Composer } from '../composer/composer.tsx';
import { WriteOrWhyNot } from '../composer/write-or-why-not.tsx';
import { PinnedBar } from '../message-life/pinned-bar.tsx';
import { MessageList } from '../message-list/message-list.tsx';
import { forgetTrouble } from '../own-settings/action-trouble.ts';
import { ActionTrouble } from '../own-settings/action-trouble-line.tsx';
import { useOpeningEndsMark } from '../own-settings/use-opening-ends-mark.ts';
import { go } from '../shell/route.ts';
import { ErrorBoundary } from '../ui/error-boundary.tsx';
import { Notice } from '../ui/notice.tsx';
import { ConversationHeader } from './header.tsx';
import { useTypingWords } from './status-line.tsx';
import { useTrouble } from './trouble.ts';

/** One conversation: header, messages, who is typing, composer. */
export function ConversationPane({ conversationId }: { conversationId: string }) {
  const conversation = useConversation(conversationId);
  const me = useMe();
  const ready = useReady();
  const connection = useConnection().name;
  const gone = useGone(conversationId, ready && conversation === undefined && connection === 'live');
  const trouble = useTrouble();
  const [sends, setSends] = useState(0);
  useOpeningEndsMark(conversation);
  // It is about a message of this conversation.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is what is left.
  useEffect(() => () => forgetTrouble('messages'), [conversationId]);

  if (conversation === undefined || me === null) {
    return (
      <main aria-label="Messages" className="grid min-w-0 place-items-center bg-canvas main">
        {gone ? (
          <Notice
            words="This conversation no longer exists or you don’t have access."
            action={{ label: 'Back to chats', onClick: () => go({ name: 'chats' }, 'replace') }}
          />
        ) : null}
      </main>
    );
  }
  const { title } = conversation;
  return (
    <main aria-label={`Messages in ${title}`} className="main flex min-h-0 min-w-0 flex-col bg-canvas">
      <ConversationHeader conversation={conversation} />
      <PinnedBar key={`pins:${conversationId}`} conversation={conversation} />
      <div data-region="messages" className="relative min-h-0 flex-1">
        <ErrorBoundary
          resetKey={conversationId}
          fallback={(_, again) => (
            <div className="grid h-full place-items-center">
              <Notice words="These messages can’t be shown." action={{ label: 'Show them again', onClick: again }} />
            </div>
          )}
        >
          <MessageList key={conversationId} conversation={conversation} meId={me.id} sends={sends} />
        </ErrorBoundary>
        <div className="absolute inset-x-0 top-0 z-10">
          <ActionTrouble place="messages" />
        </div>
      </div>
      <TypingRow conversationId={conversationId} />
      <WriteOrWhyNot conversation={conversation}>
        <Composer
          key={conversationId}
          conversation={conversation}
          online={trouble === null || trouble.kind === 'back' || trouble.kind === 'updating'}
          onSent={() => setSends((before) => before + 1)}
        />
      </WriteOrWhyNot>
    </main>
  );
}

/** A strip of fixed height between the messages and the composer, so that typing never moves anything. */
function TypingRow({ conversationId }: { conversationId: string }) {
  const words = useTypingWords(conversationId);
  return (
    <div className="h-5 shrink-0 bg-canvas" data-testid="typing-row">
      <p className="mx-auto max-w-[808px] truncate px-6 text-[12px] text-muted leading-5 max-[600px]:px-4">{words}</p>
    </div>
  );
}

/** Whether the server says that there is no such conversation for us. Asked only when the engine does not know it. */
function useGone(conversationId: string, unknown: boolean): boolean {
  const client = useChatClient();
  const { status } = useTimeline(conversationId);
  useEffect(() => {
    if (unknown) client.conversations.open(conversationId).catch(() => undefined);
  }, [client, conversationId, unknown]);
  return unknown && status === 'error';
}
