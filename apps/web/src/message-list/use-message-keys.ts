'use client';

import type { TimelineMessage } from '@nexo/client';
import { useChatClient } from '@nexo/client/react';
import type { ConversationView } from '@nexo/shared';
import type { KeyboardEvent } from 'react';
import { findKey } from '../keys/key-table.ts';
import { isMac, isTextField } from '../keys/use-keys.ts';
import { useLife } from '../message-life/life-store.ts';
import type { LifeActions } from '../message-life/message-popups.tsx';
import { useMessageRules, verdictsOf } from '../message-life/use-verdicts.ts';
import { tellTrouble } from '../own-settings/action-trouble.ts';
import type { MessageActions } from './message-actions.ts';
import { moveFocus } from './move-focus.ts';

/** The keys of a message that has the focus, or of a control in it. */
export function useMessageKeys({
  conversation,
  meId,
  items,
  whyNoReply,
  actions,
  goToEnd,
}: {
  conversation: ConversationView;
  meId: string;
  items: readonly TimelineMessage[];
  /** Null: one can answer. */
  whyNoReply: string | null;
  actions: MessageActions & LifeActions;
  goToEnd: (smooth: boolean) => Promise<void>;
}) {
  const client = useChatClient();
  const rules = useMessageRules();

  /** By its key. What cannot be done says why. */
  function touch(message: TimelineMessage, key: 'editMessage' | 'react' | 'pin' | 'deleteMessage', article: HTMLElement) {
    const verdicts = verdictsOf(conversation, meId, message, rules, client.store.serverNow());
    const { popUp, ask } = useLife.getState();
    const why = { editMessage: verdicts.edit, react: verdicts.react, pin: verdicts.pin, deleteMessage: null }[key];
    if (why !== null) tellTrouble(why, 'messages');
    else if (key === 'editMessage') actions.beginEdit(message);
    else if (key === 'react') popUp('picker', message, article);
    else if (key === 'pin') actions.pin(message, conversation.pins?.some(({ seq }) => seq === message.seq) !== true);
    else if (message.seq !== undefined) ask({ what: 'delete', message });
  }

  return function onKeyDown(event: KeyboardEvent<HTMLDivElement>) {
    const article = (event.target as HTMLElement).closest<HTMLElement>('article');
    const key = article?.parentElement?.dataset.row;
    if (article === null || key === undefined || isTextField(event.target)) return;
    const message = items.find((item) => item.key === key);
    const id = findKey(event, 'messages', false, isMac());
    if (message === undefined) return;
    const onControl = event.target !== article;
    if (event.key === 'Escape' && onControl) article.focus();
    else if (id === 'reply' && whyNoReply !== null) tellTrouble(whyNoReply, 'messages');
    else if (id === 'reply') actions.reply(message);
    else if (id === 'copy') actions.copy(message);
    else if (id === 'markUnread') actions.markUnread(message);
    else if (id === 'forwardMessage') actions.forward(message);
    else if (id === 'messageDetails') actions.details(message);
    else if (id === 'messageMenu') useLife.getState().popUp('menu', message, article);
    else if (id === 'editMessage' || id === 'react' || id === 'pin' || id === 'deleteMessage') touch(message, id, article);
    else if (id === 'newestMessage') void goToEnd(true);
    else if (id === undefined || (id === 'enterMessage' && onControl && event.key === 'Enter')) return;
    else moveFocus(article, event.target as HTMLElement, id);
    event.preventDefault();
    event.stopPropagation();
  };
}
