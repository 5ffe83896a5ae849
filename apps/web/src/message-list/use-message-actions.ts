'use client';

import type { ChatClient, TimelineMessage } from '@nexo/client';
import { useChatClient } from '@nexo/client/react';
import { excerptOf } from '@nexo/shared';
import { type RefObject, useMemo } from 'react';
import { draftOf, setDraft } from '../composer/drafts.ts';
import { focusComposer } from '../composer/focus-composer.ts';
import { isHidden } from '../contacts/use-veiled.ts';
import { isForwardable } from '../forward/is-forwardable.ts';
import { beginEdit, makeRoomForDraft } from '../message-life/edit-draft.ts';
import type { LifeActions } from '../message-life/message-popups.tsx';
import { useRecentEmoji } from '../message-life/recent-emoji.ts';
import { attempt, tellTrouble } from '../own-settings/action-trouble.ts';
import { useUi } from '../shell/ui-store.ts';
import { copyText } from '../ui/copy-text.ts';
import { announce } from '../ui/live-regions.tsx';
import type { MessageActions } from './message-actions.ts';
import type { View } from './message-viewport.tsx';
import { type Place, placeOf } from './place.ts';

/** Where a message comes to stand that was jumped to (U-08). */
const jumpFraction = 0.4;
/** Of words that one has not seen nothing is copied or passed on by accident. */
const showFirst = 'This is from somebody whom you blocked. Show it first.';

/** What can be done with the messages of a list: the same functions for as long as it stands there. */
export function useMessageActions({
  conversationId: id,
  meId,
  goTo,
  viewRef,
  originRef,
  setHighlightKey,
}: {
  conversationId: string;
  meId: string;
  goTo: (key: string, fraction: number, smooth: boolean) => void;
  viewRef: RefObject<View | null>;
  /** Where a jump began. */
  originRef: RefObject<Place | null>;
  setHighlightKey: (key: string) => void;
}): MessageActions & LifeActions {
  const client = useChatClient();
  return useMemo<MessageActions & LifeActions>(() => {
    const find = (seq: number, orNext = false) =>
      client.store
        .timeline(id)
        .get()
        .items.find((item) => item.seq === seq || (orNext && (item.seq ?? 0) > seq));
    return {
      reply(message) {
        if (message.seq === undefined || message.content.type === 'revoked' || message.content.type === 'expired') return;
        if (!makeRoomForDraft(id)) return;
        const replyTo = { seq: message.seq, senderId: message.senderId, excerpt: excerptOf(message.content) };
        setDraft(id, { ...draftOf(id), replyTo });
        focusComposer();
      },
      copy(message) {
        if (message.content.type !== 'text') return;
        if (isHidden(client, message)) return tellTrouble(showFirst, 'messages');
        void copyText(message.content.text);
      },
      forward(message) {
        if (isHidden(client, message)) tellTrouble(showFirst, 'messages');
        else if (message.seq !== undefined && isForwardable(message))
          useUi.getState().open('forward', { conversationId: id, seq: message.seq });
      },
      details(message) {
        if (message.seq !== undefined) useUi.getState().open('messageDetails', { conversationId: id, seq: message.seq });
      },
      retry: (message) => client.messages.retry(message.key),
      edit(message) {
        if (!makeRoomForDraft(id)) return;
        const content = client.messages.discard(message.key);
        if (content === undefined) return;
        const draft = draftOf(id);
        const said = content.type === 'text' ? content.text : '';
        const text = draft.text === '' ? said : `${said}\n${draft.text}`;
        const replyTo = draft.replyTo ?? message.replyTo;
        const mentions = [...(draft.mentions ?? []), ...((content.type === 'text' ? content.mentions : undefined) ?? [])];
        setDraft(id, { text, replyTo, mentions });
        focusComposer();
      },
      remove(message) {
        client.messages.discard(message.key);
        focusComposer();
      },
      toggle: (message, emoji) => void toggleReaction(client, meId, message, emoji),
      beginEdit: (message) => beginEdit(id, message),
      async pin(message, pinned) {
        if (message.seq === undefined) return;
        const isDone = await attempt(client.messages.pin(id, message.seq, pinned), 'messages');
        if (isDone) announce(pinned ? 'Pinned' : 'Unpinned');
      },
      async markUnread(message) {
        if (message.seq === undefined) return;
        const isDone = await attempt(client.conversations.markUnread(id, message.seq), 'messages');
        if (isDone) announce('Marked as unread from here');
      },
      async jumpTo(seq, orNext = false) {
        const view = viewRef.current;
        if (view !== null) originRef.current = placeOf(view.scroller);
        if (find(seq) === undefined) await client.conversations.loadAround(id, seq).catch(() => undefined);
        const message = find(seq, orNext);
        if (message === undefined) return tellTrouble('That message can’t be shown.', 'messages');
        goTo(message.key, jumpFraction, true);
        setHighlightKey(message.key);
        announce('Jumped to message');
      },
    };
  }, [client, id, goTo, meId, viewRef, originRef, setHighlightKey]);
}

/** The whole of a large number of names is on the server: only it knows whether one's own is among them. */
async function toggleReaction(client: ChatClient, meId: string, message: TimelineMessage, emoji: string): Promise<void> {
  const { conversationId, seq } = message;
  if (seq === undefined) return;
  const kind = message.reactions?.find((other) => other.emoji === emoji);
  async function toggle(reactedTo: number) {
    let isMine = kind?.userIds.includes(meId) ?? false;
    if (!isMine && kind !== undefined && kind.count > kind.userIds.length) {
      isMine = (await client.messages.reactions(conversationId, reactedTo, emoji)).mine;
    }
    if (!isMine) useRecentEmoji.getState().use(emoji);
    await client.messages.react(conversationId, reactedTo, emoji, !isMine);
  }
  await attempt(toggle(seq), 'messages');
}
